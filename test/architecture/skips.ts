import type { Argument } from 'oxc-parser'
import { parse, place, visit, type Source } from './source.ts'

const RUNNERS = /^(it|test|describe|suite|bench)$/
const LEFT_OUT = /^(skip|only|todo|skipIf|runIf|fails)$/
const FORMER = /^(xit|xtest|xdescribe|fit|fdescribe)$/

/** Every test runs, and can fail. What a machine lacks fails the suite with a line that says how to get it. */
export function skipViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const { program, text } = parse(source)
    const found: string[] = []
    const add = (start: number, what: string): void => void found.push(`${place(source, start)} ${what}`)
    visit(program, {
      MemberExpression(node) {
        const property = text.slice(node.property.start, node.property.end)
        const chain = text.slice(node.object.start, node.object.end).split(/[.(]/)[0]!
        if (RUNNERS.test(chain) && LEFT_OUT.test(property)) add(node.start, `has ${chain}.${property}`)
      },
      CallExpression(node) {
        const callee = text.slice(node.callee.start, node.callee.end)
        if (FORMER.test(callee)) add(node.start, `has ${callee}`)
        // The test's own context: `({ skip }) => skip()`, `(context) => context.skip()`.
        if (callee === 'skip' || (callee.endsWith('.skip') && !RUNNERS.test(callee.split('.')[0]!))) {
          add(node.start, `calls ${callee}`)
        }
        if (callee === 'expect' && isConstant(node.arguments[0])) add(node.start, 'expects a constant')
        if (!RUNNERS.test(callee.split(/[.(]/)[0]!)) return
        for (const argument of node.arguments) {
          for (const name of optionsOf(argument)) if (LEFT_OUT.test(name)) add(argument.start, `has the option ${name}`)
        }
      },
    })
    return found
  })
}

function isConstant(argument: Argument | undefined): boolean {
  return argument?.type === 'Literal' && (typeof argument.value === 'boolean' || typeof argument.value === 'number')
}

function optionsOf(argument: Argument): string[] {
  if (argument.type !== 'ObjectExpression') return []
  return argument.properties.flatMap((property) =>
    property.type === 'Property' && property.key.type === 'Identifier' ? [property.key.name] : [],
  )
}
