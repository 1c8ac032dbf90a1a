import type { Found } from './detect.ts'
import { configText } from './config-text.ts'

/** A file that is to be written, relative to the app's folder. */
export interface StarterFile {
  readonly path: string
  readonly text: string
}

/** Where the app's own login is read from, if it has one. */
type LoginSource = 'fromPassport' | 'fromSession'

/** The starter for an app: its options, and the guard that is made of them. */
export function starterFor(found: Found): readonly StarterFile[] {
  const extension = extensionOf(found)
  return [
    { path: `${found.sources}sallyport.config.${extension}`, text: configText(found) },
    { path: `${found.sources}security.${extension}`, text: securityText(found) },
  ]
}

/** How the app imports one of these files. */
export function specifierOf(found: Found, name: string): string {
  return `./${name}${found.language === 'ts' ? found.imports : `.${extensionOf(found)}`}`
}

function extensionOf({ language, modules }: Found): string {
  if (language === 'ts') return 'ts'
  return modules === 'esm' ? 'mjs' : 'cjs'
}

function loginOf({ uses, framework }: Found): LoginSource | undefined {
  if (framework === 'fastify' || framework === 'hono' || framework === 'node') return undefined
  if (uses.includes('passport') || uses.includes('koa-passport')) return 'fromPassport'
  return uses.includes('express-session') || uses.includes('koa-session') ? 'fromSession' : undefined
}

function securityText(found: Found): string {
  const login = loginOf(found)
  const core = ['createEnvironment', ...(login ? [login, 'identify'] : [])].toSorted()
  const isTyped = found.language === 'ts'
  const body = [
    '// What guards this app. Its options are in sallyport.config; this file connects them with the app.',
    ...importsOf(found, core),
    '',
    'const { trustedProxies, ...parts } = config',
    '',
    '// State is in memory: each process for itself, and gone with it. In production with more than one process give a `store`,',
    '// such as createRedisStore({ client }) of @sallyport/store-redis.',
    'const env = createEnvironment({ trustedProxies })',
    ...(login ? ['', ...loginLines(login, isTyped)] : []),
    '',
    `${found.modules === 'esm' || isTyped ? 'export const' : 'const'} guard = sallyport({ ...parts, env${login ? ', login' : ''} })`,
    ...(found.modules === 'esm' || isTyped ? [] : ['', 'module.exports = { guard }']),
  ]
  return `${body.join('\n')}\n`
}

function importsOf(found: Found, core: readonly string[]): readonly string[] {
  const config = specifierOf(found, 'sallyport.config')
  if (found.language === 'ts' || found.modules === 'esm') {
    return [
      `import { ${core.join(', ')} } from '@sallyport/core'`,
      "import { sallyport } from 'sallyport'",
      `import { config } from '${config}'`,
    ]
  }
  return [
    `const { ${core.join(', ')} } = require('@sallyport/core')`,
    "const { sallyport } = require('sallyport')",
    `const config = require('${config}')`,
  ]
}

function loginLines(source: LoginSource, isTyped: boolean): readonly string[] {
  if (source === 'fromPassport') {
    return [
      '// Passport says who is logged in. Change `user.id` to what names an account for good: not a mail address.',
      `const login = identify(fromPassport((user${isTyped ? ': { id: string }' : ''}) => ({ subject: String(user.id) })), { env })`,
    ]
  }
  const typed = isTyped ? ': { userId?: string }' : ''
  return [
    '// The session says who is logged in. Change `userId` to where your login keeps the account.',
    'const login = identify(',
    `  fromSession((session${typed}) => (session.userId === undefined ? undefined : { subject: String(session.userId) })),`,
    '  { env },',
    ')',
  ]
}
