import { getEventListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { createTestClock } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FetchFailure, fetchJson, type Fetched } from '../../src/keys/fetch-json.ts'
import { startKeyServer, UPSTREAM_SECRET, type KeyServer, type ServerMode } from '../support/key-server.ts'

const clock = createTestClock()
const open = new AbortController().signal

async function serve(document: unknown = { keys: [] }): Promise<KeyServer> {
  const server = await startKeyServer()
  onTestFinished(() => server.close())
  server.documents.set('/jwks', () => document)
  return server
}

function get(server: KeyServer, signal = open): Promise<Fetched> {
  return fetchJson(`${server.origin}/jwks`, { timeout: 5000, maxBytes: 65_536, clock, signal })
}

async function failureOf(attempt: Promise<unknown>): Promise<FetchFailure> {
  const thrown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(FetchFailure)
  return thrown as FetchFailure
}

describe('fetchJson', () => {
  it('fetches a document', async () => {
    expect(await get(await serve({ keys: [1] }))).toEqual({ document: { keys: [1] }, freshFor: undefined })
  })

  it.each([
    ['max-age=300', {}, 300],
    ['public, MAX-AGE="300", must-revalidate', {}, 300],
    ['max-age=300', { age: '100' }, 200],
    ['max-age=300', { age: '900' }, 0],
    ['max-age=300', { age: '-900' }, 300],
    ['no-store', {}, 0],
    ['no-cache, max-age=300', {}, 0],
    ['s-maxage=300', {}, undefined],
    ['max-age=soon', {}, undefined],
  ])('heeds Cache-Control: %s', async (control, headers, freshFor) => {
    const server = await serve()
    server.headers = { 'cache-control': control, ...headers }
    expect((await get(server)).freshFor).toBe(freshFor)
  })

  it.each(['application/json', 'application/jwk-set+json', 'application/json; charset=utf-8', 'APPLICATION/JSON'])(
    'takes %s for JSON',
    async (type) => {
      const server = await serve()
      server.headers = { 'content-type': type }
      expect((await get(server)).document).toEqual({ keys: [] })
    },
  )

  it.each<[ServerMode, string]>([
    ['down', 'answered 500'],
    ['garbage', 'is not JSON'],
    ['html', 'is not declared as JSON'],
    ['huge', 'is larger than 65536 bytes'],
    ['redirect', 'redirects'],
    ['reset', 'could not be reached'],
  ])('fails when the server is %s, and repeats nothing of it', async (mode, why) => {
    const server = await serve()
    server.mode = mode
    const failure = await failureOf(get(server))
    expect(failure.message).toBe(why)
    expect(failure.cause).toBeUndefined()
    expect(JSON.stringify(failure) + String(failure.stack)).not.toContain(UPSTREAM_SECRET)
    expect(server.requests).toEqual(['/jwks'])
  })

  it('gives up when time is over', async () => {
    const server = await serve()
    server.mode = 'hang'
    const failure = failureOf(get(server))
    while (server.requests.length === 0) await pause(1)
    await clock.advance(5000)
    expect((await failure).message).toBe('took too long')
  })

  it('ends with the environment', async () => {
    const server = await serve()
    server.mode = 'hang'
    const closing = new AbortController()
    const failure = failureOf(get(server, closing.signal))
    while (server.requests.length === 0) await pause(1)
    closing.abort()
    expect((await failure).message).toBe('could not be reached')
  })

  it('leaves nothing at the signal that ends all requests, which lives as long as the process', async () => {
    const { signal } = new AbortController()
    const server = await serve()
    for (const mode of ['up', 'down', 'reset'] as const) {
      server.mode = mode
      await get(server, signal).catch(() => undefined)
      expect(getEventListeners(signal, 'abort')).toEqual([])
    }
  })

  it('asks nobody once all requests were ended', async () => {
    const server = await serve()
    await failureOf(get(server, AbortSignal.abort()))
    expect(server.requests).toEqual([])
  })
})
