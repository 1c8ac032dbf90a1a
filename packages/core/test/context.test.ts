import { currentExchange } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { environment, gate, later } from './support.ts'

it('currentExchange() says how to switch it on when nothing has', async () => {
  // A copy of its own: other tests of this file switch the process's context on.
  const key = Symbol.for('sallyport.async-context')
  const shared = (globalThis as Record<symbol, { storage: unknown }>)[key]!
  const { storage } = shared
  shared.storage = undefined
  try {
    expect(() => currentExchange()).toThrow(/createEnvironment\(\{ asyncContext: true \}\)/)
  } finally {
    shared.storage = storage
  }
})

describeHosts('currentExchange()', (host) => {
  it('finds the exchange from any depth, and keeps concurrent requests apart', async () => {
    const env = environment({ asyncContext: true })
    const deep = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return currentExchange()?.search ?? 'none'
    }
    for (const open of [() => undefined, later(() => undefined)]) {
      const app = await host.start({ use: [gate(env, open)], handler: async () => ({ body: await deep() }) })
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => (await app.fetch(`/orders?n=${n}`)).text()),
      )
      expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => `n=${n}`))
    }
    expect(currentExchange()).toBeUndefined()
  })

  it('is off on an environment that did not ask for it, so its requests pay nothing', async () => {
    const on = environment({ asyncContext: true })
    const off = environment()
    expect([on.asyncContext, off.asyncContext]).toEqual([true, false])
    const app = await host.start({
      use: [gate(off, () => undefined)],
      handler: () => ({ body: currentExchange() === undefined ? 'outside' : 'inside' }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('outside')
  })

  it('is switched on by a package that needs it', async () => {
    const env = environment()
    env.needAsyncContext()
    const app = await host.start({
      use: [gate(env, () => undefined)],
      handler: ({ exchange }) => ({ body: String(currentExchange() === exchange) }),
    })
    expect(await (await app.fetch('/orders')).text()).toBe('true')
  })
})

it('no storage is made for a process in which nothing needs it', async () => {
  const { execFile } = await import('node:child_process')
  const { promisify } = await import('node:util')
  const program = `
    import { createEnvironment, currentExchange } from '@sallyport/core'
    createEnvironment()
    try { currentExchange(); console.log('on') } catch (error) { console.log(error.code) }
    createEnvironment({ asyncContext: true })
    console.log(currentExchange())`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname })
  expect(stdout.trim().split('\n')).toEqual(['ERR_ASYNC_CONTEXT_OFF', 'undefined'])
})
