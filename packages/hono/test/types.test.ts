import { createEnvironment, defineMiddleware } from '@sallyport/core'
import { gate, guardFetch, problemDetails } from '@sallyport/hono'
import { Hono } from 'hono'
import { expect, it, onTestFinished } from 'vitest'

it('misuse does not compile', () => {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  const one = defineMiddleware({ name: 'one', environment: env, gate: () => undefined })
  const app = new Hono<{ Variables: { mine: number } }>()
  app.use(gate(one))
  // A handler keeps what its route and its app say.
  app.get('/orders/:id', gate(one, one), (c) => {
    const mine: number = c.get('mine')
    // @ts-expect-error the principal may be nobody
    void c.get('principal').subject
    // @ts-expect-error there is no such parameter
    void c.req.param('other').length
    return c.text(`${c.req.param('id').toUpperCase()} ${c.get('principal')?.subject} ${mine}`)
  })
  const misuse = (): void => {
    // @ts-expect-error one gate at least
    gate()
    // @ts-expect-error no function of the app
    gate(() => undefined)
    // @ts-expect-error a middleware is none of Hono's
    app.use(one)
    // @ts-expect-error the other errors are the app's to answer
    problemDetails()
    // @ts-expect-error a handler comes last
    guardFetch(one, one)
    // @ts-expect-error whose connection it is must be said
    void guardFetch(one, () => new Response())(new Request('http://x'))
  }
  expect(misuse).toBeTypeOf('function')
})
