import { accept, checkOptions, describeGate, type Middleware, type OptionRules, type Principal } from '@sallyport/core'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { gate } from './gate.ts'
import { answerProblem } from './problem.ts'
import { beforeSending, resupplyBody, showBody, transformPayload } from './stages.ts'
import { isRegistered, register } from './registered.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling, once a gate of Sallyport knows it. Gates do not read it from here. */
    principal: Principal | undefined
  }
}

/** Options of the plugin. */
export interface SallyportFastifyOptions {
  /** Gates before every route, as `onRequest` hooks. @default none: mount them by `gate()` where they belong */
  readonly gates?: readonly Middleware[]
  /**
   * Whether refusals are answered as RFC 9457 has it. Other errors go on to the error handler that was set before. `false` leaves refusals
   * to the app's own handler, or Fastify's.
   * @default true
   */
  readonly problems?: boolean
}

const rules: OptionRules<SallyportFastifyOptions> = {
  gates: {
    accepts: 'a list of middlewares of Sallyport',
    test: (v) => Array.isArray(v) && v.every((one) => describeGate(one) !== undefined),
  },
  problems: accept.boolean,
}

/** What `register()` itself takes. */
const OF_FASTIFY = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * Lets gates work on an app of Fastify 5, or on the part of it in which this is registered: who is calling on the request, bodies on their
 * way in and out, refusals as problem documents.
 *
 * ```ts
 * await app.register(sallyportFastify)
 * app.addHook('onRequest', gate(auth))
 * ```
 * Once more on the same app, or below it, it adds the gates that it is given, and nothing else.
 * @throws SecurityError ERR_OPTION
 */
export const sallyportFastify: FastifyPluginAsync<SallyportFastifyOptions> = async (app, options) => {
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !OF_FASTIFY.has(name)))
  checkOptions('sallyportFastify', own, rules)
  if (!isRegistered(app)) prepare(app, options.problems !== false)
  const [first, ...others] = options.gates ?? []
  if (first) app.addHook('onRequest', gate(first, ...others))
}

function prepare(app: FastifyInstance, problems: boolean): void {
  register(app)
  app.decorateRequest('principal', undefined)
  app.addHook('preParsing', resupplyBody)
  app.addHook('preValidation', showBody)
  app.addHook('preSerialization', transformPayload)
  app.addHook('onSend', beforeSending)
  if (problems) app.setErrorHandler(answerProblem)
}

// What Fastify knows a plugin by: its hooks hold in the app that registers it, not in a part of their own.
Object.assign(sallyportFastify, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@sallyport/fastify',
  [Symbol.for('plugin-meta')]: { name: '@sallyport/fastify', fastify: '5.x' },
})
