import { parse, place, visit, type Source } from './source.ts'

const NAMES = ['req', 'res', 'ctx']
const TYPES = /\b(IncomingMessage|ServerResponse|Http2ServerRequest|Http2ServerResponse|KoaContext)\b/

/**
 * Gates see the exchange, never the framework. Outside core's hosts folder and the doors a file may hand a request or a
 * response on, but not look into one: no member of `req`, `res`, `ctx`, of whatever is typed as one, or of `host.seen`.
 */
export function hostViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { program, text } = parse(source)
    const suspects = new Set(NAMES)
    visit(program, {
      Identifier(node) {
        const annotation = 'typeAnnotation' in node ? node.typeAnnotation : undefined
        if (annotation && TYPES.test(text.slice(annotation.start, annotation.end))) suspects.add(node.name)
      },
    })
    const found: string[] = []
    visit(program, {
      MemberExpression(node) {
        const object = text.slice(node.object.start, node.object.end)
        if (isHost(object, suspects)) found.push(`${place(source, node.start)} looks into ${object}`)
      },
      VariableDeclarator(node) {
        if (node.id.type !== 'ObjectPattern' || !node.init) return
        const object = text.slice(node.init.start, node.init.end)
        if (isHost(object, suspects)) found.push(`${place(source, node.start)} takes ${object} apart`)
      },
      ImportDeclaration(node) {
        const { value } = node.source
        if (/^node:(http|https|http2)$/.test(value) && node.importKind !== 'type') {
          found.push(`${place(source, node.start)} imports ${value} for more than types`)
        }
      },
    })
    return found
  })
}

/** Whether an expression is a host's object: by name, by cast, or as the last member of a chain. */
function isHost(expression: string, suspects: ReadonlySet<string>): boolean {
  const bare = expression.replaceAll(/^\(+|[)!]+$/g, '').trim()
  if (/\bas\b/.test(bare)) return TYPES.test(bare.slice(bare.lastIndexOf(' as ')))
  if (suspects.has(bare)) return true
  const last = /[.#]([\w$]+)$/.exec(bare)?.[1]
  return last !== undefined && (NAMES.includes(last) || last === 'seen')
}
