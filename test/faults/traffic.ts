import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningApp } from '../hosts/host.ts'
import type { Deed } from './app.ts'
import type { Scene, Token } from './scene.ts'

/** What clients were told, and what they may rely on since. */
export interface Ledger {
  /** How often each deed was answered how: `read 200`. */
  readonly answers: Map<string, number>
  /** Deeds that took longer than a request may, with their milliseconds. */
  readonly late: string[]
  /** Answers to tokens whose revocation had been acknowledged before they were sent, other than a refusal. */
  readonly letIn: string[]
  /** Acknowledged revocations. */
  readonly revoked: Token[]
  /** Acknowledged notes. */
  readonly notes: string[]
  /** How often each single-use code was accepted. */
  readonly redeemed: Map<string, number>
  /** Increments that were acknowledged, and those that may have happened. */
  counted: number
  attempted: number
}

/** Clients that use both apps of a node at once, until they are stopped. */
export interface Traffic {
  readonly ledger: Ledger
  /** Answers since the last time it was asked. */
  answers(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

const CLIENTS = 20

/** Each client rests so long between two requests, in milliseconds: what is wanted is many at once, not many. */
const REST = 50

/** Of each code, so many clients want it. */
const TAKERS = 4

const DEEDS: readonly Deed[] = ['read', 'redeem', 'note', 'read', 'count', 'redeem', 'read', 'note', 'redeem', 'revoke']

/** One request, and what came of it. */
export async function ask(app: RunningApp, token: Token, deed: Deed = 'read', id = ''): Promise<number> {
  const response = await app.fetch(`/orders?do=${deed}&id=${id}`, { headers: { authorization: `Bearer ${token.jwt}` } })
  await response.arrayBuffer()
  return response.status
}

/**
 * Starts the clients. `codes` are there to be redeemed; `limit` is the time a request may take, in milliseconds.
 */
export function startTraffic(
  scene: Scene,
  tokens: readonly Token[],
  codes: readonly string[],
  limit: () => number,
): Traffic {
  const { apps } = scene.node
  const ledger: Ledger = {
    ...{ answers: new Map<string, number>(), late: [], letIn: [], revoked: [], notes: [] },
    ...{ redeemed: new Map<string, number>(), counted: 0, attempted: 0 },
  }
  let going = true
  let turn = 0
  let wanted = 0
  const clients = Array.from({ length: CLIENTS }, () => serve())

  return {
    ledger,
    answers() {
      const given = Object.fromEntries(ledger.answers)
      ledger.answers.clear()
      return given
    },
    async stop() {
      going = false
      await Promise.all(clients)
    },
  }

  async function serve(): Promise<void> {
    while (going) {
      const mine = turn++
      // Each app in turn gets every kind of request.
      const app = apps[Math.floor(mine / DEEDS.length) % apps.length]!
      await act(app, DEEDS[mine % DEEDS.length]!, tokens[mine % tokens.length]!, `id-${String(mine)}`)
      await knock(app, mine)
      await sleep(REST)
    }
  }

  async function act(app: RunningApp, deed: Deed, token: Token, id: string): Promise<void> {
    switch (deed) {
      case 'redeem': {
        const code = codes[Math.floor(wanted++ / TAKERS) % codes.length]!
        if ((await timed(app, token, deed, code)) === 200)
          ledger.redeemed.set(code, (ledger.redeemed.get(code) ?? 0) + 1)
        return
      }
      case 'note':
        if ((await timed(app, token, deed, id)) === 200) ledger.notes.push(id)
        return
      case 'count':
        ledger.attempted++
        if ((await timed(app, token, deed, 'all')) === 200) ledger.counted++
        return
      case 'revoke': {
        const victim = await scene.token()
        if ((await timed(app, token, deed, victim.jti)) === 200) ledger.revoked.push(victim)
        return
      }
      case 'read':
        await timed(app, token, deed, id)
    }
  }

  /** Somebody whose token was revoked tries it. */
  async function knock(app: RunningApp, turn: number): Promise<void> {
    const victim = ledger.revoked[turn % Math.max(1, ledger.revoked.length)]
    if (victim === undefined) return
    const status = await timed(app, victim, 'read', '', 'knock')
    if (status !== 401 && status !== 503) ledger.letIn.push(`${victim.jti}: ${String(status)}`)
  }

  async function timed(app: RunningApp, token: Token, deed: Deed, id: string, name: string = deed): Promise<number> {
    const start = performance.now()
    const status = await ask(app, token, deed, id)
    const took = performance.now() - start
    if (took > limit()) ledger.late.push(`${name} ${String(status)} after ${took.toFixed()} ms`)
    const answer = `${name} ${String(status)}`
    ledger.answers.set(answer, (ledger.answers.get(answer) ?? 0) + 1)
    return status
  }
}
