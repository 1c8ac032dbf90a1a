import type { Found, Framework } from './detect.ts'
import { specifierOf } from './starter.ts'

/** One line for the app's own file. */
export interface Advice {
  /** Where it goes. */
  readonly where: string
  readonly line: string
}

/** Packages that what was written imports, for an app of this kind. */
export function packagesFor({ framework }: Found): readonly string[] {
  const doors: Partial<Record<Framework, string>> = { fastify: '@sallyport/fastify', hono: '@sallyport/hono' }
  const door = doors[framework]
  return ['sallyport', '@sallyport/core', ...(door === undefined ? [] : [door])]
}

/** What is to be added to the app, line by line. */
export function adviceFor(found: Found): readonly Advice[] {
  const { framework, entry, modules, language } = found
  const app = entry?.name ?? 'app'
  const file = entry?.file ?? 'where the app is made'
  const top = `${file}, at the top`
  const made = entry === undefined ? `${file}, right after it` : `${file}, after line ${entry.line}`
  const last = `${file}, after the last route`
  const load = (names: string, from: string): Advice => ({
    where: top,
    line:
      modules === 'esm' || language === 'ts'
        ? `import { ${names} } from '${from}'`
        : `const { ${names} } = require('${from}')`,
  })
  const guard = load('guard', specifierOf(found, 'security'))
  const afterLogin = found.uses.some((name) => /session|passport/.test(name))
    ? `${file}, after the session and the login of the app, before its routes`
    : made
  const ways: Readonly<Record<Framework, readonly Advice[]>> = {
    express: [
      guard,
      load('problemDetails', '@sallyport/core'),
      { where: afterLogin, line: `${app}.use(guard)` },
      { where: last, line: `${app}.use(problemDetails())` },
    ],
    koa: [
      guard,
      load('problemDetails', '@sallyport/core'),
      { where: made, line: `${app}.use(problemDetails())` },
      { where: afterLogin, line: `${app}.use(guard)` },
    ],
    nest: [guard, { where: made, line: `${app}.use(guard)` }],
    fastify: [
      guard,
      load('sallyportFastify', '@sallyport/fastify'),
      { where: made, line: `${app}.register(sallyportFastify, { gates: [guard] })` },
    ],
    hono: [guard, load('gate', '@sallyport/hono'), { where: made, line: `${app}.use(gate(guard))` }],
    node: [
      guard,
      load('problemDetails', '@sallyport/core'),
      {
        where: `${file}, around the listener`,
        line: `const answer = problemDetails(); const guarded = (req, res) => guard(req, res, (error) => (error ? answer(error, req, res, () => res.destroy()) : listener(req, res)))`,
      },
    ],
  }
  return ways[framework]
}
