import type { Found } from './detect.ts'

const BODY = `  // Addresses or ranges of the proxies in front of the app, such as '10.0.0.0/8'. Nobody else's X-Forwarded-For is believed.
  trustedProxies: [],

  // Most requests in a window, in seconds. Logins want a limit of their own: rateLimit() of @sallyport/limits, on the route.
  limits: { address: { limit: 300, window: 60 }, principal: { limit: 1000, window: 60 } },

  // Pages of other origins that may call, such as { origins: ['https://app.example.com'], credentials: true }.
  cors: false,

  // Who may do what. On a route: guard.access.require('things:read').
  rbac: { roles: { reader: ['things:read'], editor: { inherits: ['reader'], allow: ['things:update'] } } },

  // Access tokens of an identity provider. Its keys are fetched from there.
  // jwt: { issuer: 'https://id.example.com/', audience: 'my-api' },

  // Who did what, in a folder that outlives the app. It cannot be changed unseen: npx sallyport audit verify <folder>
  // audit: { directory: '/var/lib/my-app/audit' },

  // Takes personal data out of answers, for all but who has this permission.
  // pii: { unmask: 'people:read' },
`

/** Libraries of which a part of Sallyport does the work. */
const REPLACED: Readonly<Record<string, string>> = {
  helmet: 'helmet: `headers` of Sallyport is helmet; take one of the two out, or say `headers: false`',
  'koa-helmet': 'koa-helmet: `headers` of Sallyport is helmet; take one of the two out, or say `headers: false`',
  cors: 'cors: with `cors` here the other one can go; two of them answer twice',
  '@koa/cors': '@koa/cors: with `cors` here the other one can go; two of them answer twice',
  'express-rate-limit': 'express-rate-limit: `limits` counts too; keep the one on purpose',
  'express-jwt': 'express-jwt: `jwt` takes its place',
  'passport-jwt': 'passport-jwt: `jwt` takes its place',
  'koa-jwt': 'koa-jwt: `jwt` takes its place',
  casbin: 'casbin: `rbac` takes its place',
}

/** The options of a starter, as a file in the language of the app. */
export function configText({ language, modules, uses }: Found): string {
  const notes = uses.flatMap((name) => (REPLACED[name] === undefined ? [] : [`// - ${REPLACED[name]}`]))
  const head = [
    '// Options of Sallyport: every part, its defaults and what it stops are told of in the README of each package.',
    '// `npx sallyport doctor` looks at this file.',
    ...(notes.length > 0 ? ['//', '// This app has already:', ...notes] : []),
  ]
  if (language === 'ts') {
    return `${head.join('\n')}\nimport type { SallyportOptions } from 'sallyport'\n\nexport const config = {\n${BODY}} satisfies SallyportOptions\n\nexport default config\n`
  }
  const type = "/** @satisfies {import('sallyport').SallyportOptions} */"
  if (modules === 'esm')
    return `${head.join('\n')}\n\n${type}\nexport const config = {\n${BODY}}\n\nexport default config\n`
  return `${head.join('\n')}\n\n${type}\nmodule.exports = {\n${BODY}}\n`
}
