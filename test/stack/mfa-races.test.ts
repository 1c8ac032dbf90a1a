import { createHmac, randomBytes } from 'node:crypto'
import { createEnvironment, createKeyRing, fromSession, identify, type Environment } from '@sallyport/core'
import { captureEvents, createTestClock } from '@sallyport/core/testing'
import { mfaGate, recoveryCodes, totp, type BudgetOptions, type MfaGate } from '@sallyport/mfa-gate'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RunningApp } from '../hosts/host.ts'
import { sessions } from '../hosts/natives.ts'
import { express5Host } from '../hosts/node-hosts.ts'
import { everyStore } from './stores.ts'

const keyRing = createKeyRing({ keys: [{ id: '2026-01', key: randomBytes(32) }] })
const ada = { issuer: 'local', subject: 'ada' }

interface Node {
  readonly env: Environment
  readonly mfa: MfaGate
  readonly app: RunningApp
}

/** All nodes have the same time, which stands still: no time step ends while a hundred requests are under way. */
const clock = createTestClock(Date.now())

/** A code by RFC 6238: written anew here, so that the library does not judge itself. */
function codeNow(secret: Buffer): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(clock.now() / 30_000)))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const value = digest.readUInt32BE(digest[19]! & 15) & 0x7fffffff
  return String(value % 1_000_000).padStart(6, '0')
}

describe.each(everyStore.map((kind) => [kind.name, kind] as const))(
  'second factors on the store %s:',
  (_name, kind) => {
    let server: Awaited<ReturnType<typeof kind.serve>>
    beforeAll(async () => {
      server = await kind.serve()
    })
    afterAll(() => server.stop())

    /** Nodes of one app, each with a connection, an environment and a server of its own. */
    async function nodes(count: number, options: BudgetOptions = {}): Promise<readonly Node[]> {
      const home = await server.home()
      const budgets = { perAddress: 10_000, passwords: 1000, reserve: 0, ...options }
      return Promise.all(
        Array.from({ length: count }, async () => {
          const env = createEnvironment({ store: home.connect(), storeDeadline: 10_000, keyRing, clock })
          onTestFinished(() => env.close())
          const mfa = mfaGate({
            env,
            factors: [totp({ issuer: 'Shop' }), recoveryCodes()],
            budgets,
          })
          const login = identify(
            fromSession(({ user }: { user: string }) => ({ subject: user })),
            { env },
          )
          const app = await express5Host.start({ use: [sessions({ user: 'ada' }), login, mfa.routes()] })
          return { env, mfa, app }
        }),
      )
    }

    async function post(
      node: Node,
      path: string,
      body: object,
    ): Promise<{ status: number; body: Record<string, unknown> }> {
      const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
      const response = await node.app.fetch(path, { method: 'POST', body: JSON.stringify(body), headers })
      const text = await response.text()
      return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
    }

    it('6.5.1: one hundred concurrent submissions of one valid code: one is accepted', async () => {
      // With room in the budget for all of them, so that it is single use that refuses the others.
      const fleet = await nodes(4, { perAccount: 100, window: '365d' })
      const secret = randomBytes(20)
      await fleet[0]!.mfa.import(ada, 'totp', { secret: secret.toString('hex'), encoding: 'hex', digits: 6 })
      const captured = fleet.map(({ env }) => captureEvents(env))
      onTestFinished(() => captured.forEach(({ stop }) => stop()))
      const code = codeNow(secret)
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => post(fleet[i % 4]!, '/mfa/verify', { factor: 'totp', code })),
      )
      const accepted = answers.filter(({ status }) => status === 200)
      expect(accepted).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 403 || status === 429)).toHaveLength(99)
      expect(captured.flatMap((events) => events.of('mfa.verified'))).toHaveLength(1)
    })

    it('6.5.1: one hundred concurrent uses of one recovery code: one is accepted, and one code is gone', async () => {
      const fleet = await nodes(4)
      const { codes } = (await post(fleet[0]!, '/mfa/recovery-codes', {})).body as { codes: string[] }
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          post(fleet[i % 4]!, '/mfa/verify', { factor: 'recovery', code: codes[3] }),
        ),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(99)
      const rest = [...codes.slice(0, 3), ...codes.slice(4)]
      for (const code of rest)
        expect((await post(fleet[1]!, '/mfa/verify', { factor: 'recovery', code })).status).toBe(200)
      expect((await post(fleet[2]!, '/mfa/verify', { factor: 'recovery', code: codes[0] })).status).toBe(403)
    })

    it('6.3.1: one hundred concurrent guesses are no more than twelve', async () => {
      const fleet = await nodes(4)
      const secret = randomBytes(20)
      await fleet[0]!.mfa.import(ada, 'totp', { secret: secret.toString('hex'), encoding: 'hex' })
      const wrong = String((Number(codeNow(secret)) + 1) % 1_000_000).padStart(6, '0')
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => post(fleet[i % 4]!, '/mfa/verify', { factor: 'totp', code: wrong })),
      )
      const judged = answers.filter(({ status }) => status === 403).length
      expect(judged).toBeGreaterThan(0)
      expect(judged).toBeLessThanOrEqual(12)
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(100 - judged)
    })

    it('what one node sets up, another verifies, lists and takes away', async () => {
      const [here, there] = await nodes(2)
      const secret = randomBytes(20)
      const id = await here!.mfa.import(ada, 'totp', { secret: secret.toString('hex'), encoding: 'hex' }, 'phone')
      expect(await there!.mfa.authenticators(ada)).toMatchObject([{ id, kind: 'totp', name: 'phone' }])
      expect((await post(there!, '/mfa/verify', { factor: 'totp', code: codeNow(secret) })).status).toBe(200)
      await there!.mfa.remove(ada, id)
      expect(await here!.mfa.authenticators(ada)).toEqual([])
    })
  },
)
