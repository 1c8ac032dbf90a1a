import { parseSync, Visitor, type Program, type StaticExportEntry, type VisitorObject } from 'oxc-parser'

/** A TypeScript file: its path from the repository's root, with forward slashes, and its text. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** What a file imports from one place. */
export interface Import {
  readonly specifier: string
  readonly names: readonly string[]
  readonly start: number
}

/** A file that was parsed. */
export interface Parsed extends Source {
  readonly program: Program
  readonly imports: readonly Import[]
  readonly exports: readonly StaticExportEntry[]
}

const parsed = new WeakMap<Source, Parsed>()

/** Parses a file once. Throws where it cannot be parsed: what cannot be read must not pass a rule. */
export function parse(source: Source): Parsed {
  let result = parsed.get(source)
  if (result) return result
  const { program, module, errors } = parseSync(source.path, source.text, { lang: 'ts' })
  if (errors.length > 0) throw new Error(`${source.path} cannot be parsed: ${errors[0]!.message}`)
  const exports = module.staticExports.flatMap(({ entries }) => entries)
  const imports: Import[] = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    names: entries.map(({ importName }) => importName.name ?? '*'),
    start,
  }))
  for (const { moduleRequest, start } of exports) {
    if (moduleRequest) imports.push({ specifier: moduleRequest.value, names: [], start })
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    // A computed specifier stays as its source text, which no rule allows.
    const raw = source.text.slice(moduleRequest.start, moduleRequest.end)
    imports.push({ specifier: /^'[^']*'$|^"[^"]*"$/.test(raw) ? raw.slice(1, -1) : raw, names: [], start })
  }
  visit(program, {
    TSImportType(node) {
      imports.push({ specifier: node.source.value, names: [], start: node.start })
    },
    CallExpression(node) {
      const [first] = node.arguments
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require' || !first) return
      const specifier = first.type === 'Literal' ? String(first.value) : source.text.slice(first.start, first.end)
      imports.push({ specifier, names: [], start: node.start })
    },
  })
  result = { ...source, program, imports, exports }
  parsed.set(source, result)
  return result
}

export function visit(program: Program, visitor: VisitorObject): void {
  new Visitor(visitor).visit(program)
}

/** `path:line`, as editors open it. */
export function place(source: Source, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split('\n').length}`
}
