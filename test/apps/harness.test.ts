import { createEnvironment, defineMiddleware, type Exchange } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { run } from './run.ts'
import type { Subject } from './subject.ts'

const { subjects } = (await import(new URL('subjects/node.mjs', import.meta.url).href)) as {
  readonly subjects: readonly Subject[]
}

function gate(open: (exchange: Exchange) => void | Promise<void>) {
  const environment = createEnvironment()
  onTestFinished(() => environment.close())
  return defineMiddleware({ name: 'meddling', environment, gate: open })
}

// What finds no difference must be able to find one.
it.each<[string, Parameters<typeof gate>[0]]>([
  ['a header more', (exchange) => exchange.setHeader('x-more', '1')],
  ['a header at the end', (exchange) => exchange.beforeHeaders((late) => late.appendHeader('vary', 'cookie'))],
  ['a connection that is not kept', (exchange) => exchange.setHeader('connection', 'close')],
  ['a refusal', () => Promise.reject(new Error('no'))],
])('a transcript shows %s', async (_, open) => {
  const subject = { ...subjects[0]!, steps: [{ path: '/hello' }, { path: '/implicit' }] }
  expect((await run(subject, [gate(open)])).transcript).not.toEqual((await run(subject, [])).transcript)
})
