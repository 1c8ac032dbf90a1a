import { parse, place, visit, type Source } from './source.ts'

const READS = /^(Date\.now|performance\.now|process\.hrtime)$/
const TIMERS = /^(globalThis\.)?(setTimeout|setInterval)$/

/** Time comes from the environment's clock, so that tests can drive it and timers never hold the process. */
export function timeViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { program, imports, text } = parse(source)
    const found = imports
      // `setImmediate` gives way to other work; it measures nothing.
      .filter(({ specifier, names }) => specifier.startsWith('node:timers') && names.join() !== 'setImmediate')
      .map(({ specifier, start }) => `${place(source, start)} imports ${specifier}`)
    visit(program, {
      MemberExpression(node) {
        const read = text.slice(node.start, node.end)
        if (READS.test(read)) found.push(`${place(source, node.start)} reads ${read}`)
      },
      CallExpression(node) {
        const callee = text.slice(node.callee.start, node.callee.end)
        if (TIMERS.test(callee) || callee === 'Date') found.push(`${place(source, node.start)} calls ${callee}`)
      },
      NewExpression(node) {
        const callee = text.slice(node.callee.start, node.callee.end)
        if (callee === 'Date' && node.arguments.length === 0)
          found.push(`${place(source, node.start)} reads new Date()`)
      },
    })
    return found
  })
}
