import { createEnvironment, type Store } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth, type DpopOptions } from '@sallyport/jwt-auth'
import { createDpopClient, startTestIssuer, type DpopClient } from '@sallyport/jwt-auth/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { express5Host } from '../hosts/node-hosts.ts'
import { everyStore, type StoreHome } from './stores.ts'

const publicUrl = 'https://api.example.com'
const url = `${publicUrl}/orders`
const NODES = 3

interface Nodes {
  readonly client: DpopClient
  readonly token: string
  /** What a node answers: `ok`, or the code of its refusal. */
  ask(node: number, headers: object): Promise<{ readonly said: string; readonly nonce: string | null }>
}

/** Apps that share nothing but a store. */
async function startNodes(connect: () => Store, dpop: DpopOptions = {}): Promise<Nodes> {
  // It stands still, so that no period ends during the test.
  const clock = createTestClock(Date.now())
  const issuer = await startTestIssuer({ clock })
  onTestFinished(() => issuer.close())
  const client = createDpopClient({ clock })
  const apps = await Promise.all(
    Array.from({ length: NODES }, () => {
      const env = createEnvironment({ clock, store: connect(), storeDeadline: 10_000 })
      onTestFinished(() => env.close())
      const auth = jwtAuth({ issuer: issuer.issuer, audience: 'orders-api', dpop: { ...dpop, publicUrl }, env })
      return express5Host.start({ use: [auth] })
    }),
  )
  return {
    client,
    token: await issuer.token({ claims: { cnf: { jkt: client.jkt } } }),
    async ask(node, headers) {
      const response = await apps[node % NODES]!.fetch('/orders', { headers: { ...headers } })
      const { code = 'ok' } = response.ok ? {} : ((await response.json()) as { code?: string })
      return { said: code, nonce: response.headers.get('dpop-nonce') }
    },
  }
}

describe.each(everyStore.map((kind) => [kind.name, kind] as const))('DPoP on %s', (_name, kind) => {
  let served: Awaited<ReturnType<typeof kind.serve>>
  let home: () => Promise<StoreHome>

  beforeAll(async () => {
    served = await kind.serve()
    ;({ home } = served)
  })
  afterAll(() => served.stop())

  it('attack: a proof that is sent a hundred times at once, to several nodes, passes once', async () => {
    const { connect } = await home()
    const { client, token, ask } = await startNodes(connect)
    const headers = await client.headers({ url, token })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i, headers)))
    const said = answers.map((answer) => answer.said).toSorted()
    expect(said).toEqual([...Array<string>(99).fill('ERR_JWT_PROOF_REPLAYED'), 'ok'])
  })

  it('nodes that need a nonce at the same time give out the same, and each takes it', async () => {
    const { connect } = await home()
    const { client, token, ask } = await startNodes(connect, { nonce: true })
    const first = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => ask(i, await client.headers({ url, token }))),
    )
    expect(new Set(first.map(({ said }) => said))).toEqual(new Set(['ERR_JWT_PROOF_NONCE']))
    const nonces = new Set(first.map(({ nonce }) => nonce))
    expect(nonces.size).toBe(1)
    const [nonce] = nonces
    for (let node = 0; node < NODES; node++) {
      expect((await ask(node, await client.headers({ url, token, nonce: nonce! }))).said).toBe('ok')
    }
  })
})
