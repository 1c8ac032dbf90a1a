import { createEnvironment, defineMiddleware } from '@sallyport/core'
import { gate, sallyportFastify } from '@sallyport/fastify'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'

it('misuse does not compile', async () => {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  const one = defineMiddleware({ name: 'one', environment: env, gate: () => undefined })
  const app = fastify()
  onTestFinished(() => app.close())
  app.register(sallyportFastify, { gates: [one] })
  // A handler keeps what its route says of it.
  app.get<{ Params: { id: string }; Querystring: { page: number } }>('/:id', { preHandler: gate(one) }, (request) => {
    const page: number = request.query.page
    // @ts-expect-error the principal may be nobody
    void request.principal.subject
    return `${request.params.id.toUpperCase()} ${request.principal?.subject} ${page}`
  })
  const misuse = (): void => {
    // @ts-expect-error one gate at least
    gate()
    // @ts-expect-error no function of the app
    gate(() => undefined)
    // @ts-expect-error there is no such option
    app.register(sallyportFastify, { gate: [one] })
  }
  expect(misuse).toBeTypeOf('function')
})
