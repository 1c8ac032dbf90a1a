import { exchangeOf } from '@sallyport/core'
import { gate, sallyportFastify } from '@sallyport/fastify'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { isNative, type AppSpec, type Host, type Reply } from './host.ts'
import { listen } from './listen.ts'

function give(reply: FastifyReply, given: Reply | undefined): FastifyReply {
  // Who writes by itself has to say so.
  if (!given) return reply.hijack()
  const { status = 200, headers = {}, body } = given
  return reply.code(status).headers(headers).send(body)
}

async function mount(app: FastifyInstance, spec: AppSpec): Promise<void> {
  for (const one of spec.use ?? []) {
    if (!isNative(one)) app.addHook('onRequest', gate(one))
    else if (one.fastify) await one.fastify(app)
    else app.addHook('onRequest', ({ raw }, reply, done) => one.node(raw, reply.raw, done as (err?: unknown) => void))
  }
}

export const fastify5Host: Host = {
  name: 'Fastify 5',
  kind: 'fastify',
  serialises: true,
  errorStatus: 418,
  async start(spec) {
    const app = fastify()
    const errors: unknown[] = []
    await app.register(sallyportFastify, { problems: spec.problems !== false })
    app.addHook('onError', (_request, _reply, error, done) => {
      errors.push(error)
      done()
    })
    await mount(app, spec)
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const call = { req: request.raw, res: reply.raw, seen: request, body: () => request.body }
      const handle = spec.handler ?? (() => ({ body: 'reached' }))
      return give(reply, await handle({ ...call, principal: request.principal, exchange: exchangeOf(request) }))
    }
    const method = (spec.method ?? 'ALL').toLowerCase() as 'all' | 'get' | 'post'
    const onRequest = (spec.route ?? []).map((one) => gate(one))
    // In a part of its own, as real apps have it.
    await app.register((part, _options, done) => {
      part[method](spec.path ?? '/orders', { onRequest }, handler)
      done()
    })
    await app.ready()
    return listen(app.routing, errors, spec.tls)
  },
}
