import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { until } from '../servers/index.ts'
import type { Backend } from './backends.ts'
import type { Fault } from './faults.ts'
import { setScene, type Node, type Scene, type Token } from './scene.ts'
import { findLosses, findLostRevocations } from './losses.ts'
import { ask, startTraffic, type Traffic } from './traffic.ts'

/** How often each fault strikes: once in the suite; more often, and for up to six seconds more, when somebody wants to know. */
export const ROUNDS: number = Number(process.env['FAULT_ROUNDS'] ?? 1)

/** The environment's default, in milliseconds. */
const DEADLINE = 250

/**
 * A request makes at most two calls that can hang, one after the other: its gate's and its handler's. The rest is for a machine with two
 * cores that runs servers, apps and clients at once.
 */
const LONGEST = 2 * DEADLINE + 500

/** After so long, requests that were under way have been answered. */
const UNDER_WAY = DEADLINE + 75

/** What clients see before anything happens. */
const USUAL = ['read 200', 'note 200', 'count 200', 'redeem 409', 'revoke 200', 'knock 401']

/** For longer than this nobody relies on a list of revocations that cannot be read, in milliseconds. */
const STALE = 10_000

/** What came of a fault. Lists are of what must not be, and empty. */
export interface Verdict {
  /** Answers by deed and status while everything was well, while it was not, and after. */
  readonly before: Answers
  readonly during: Answers
  /** The same, once the list of revocations was too old to rely on. */
  readonly stale: Answers
  readonly after: Answers
  readonly letIn: readonly string[]
  readonly redeemedTwice: readonly string[]
  readonly late: readonly string[]
  readonly lost: readonly string[]
  readonly stray: readonly string[]
  readonly health: { readonly store: readonly boolean[]; readonly revocations: readonly boolean[] }
  /** From the server's return to when both apps did everything again, in milliseconds; the longest of the rounds. */
  readonly backAfter: number
  /** What this process itself was late at worst, in milliseconds: nobody else's fault. */
  readonly lag: number
}

export type Answers = Readonly<Record<string, number>>

type Phase = 'before' | 'during' | 'stale' | 'after'

/** What a run is made of. */
interface Run {
  readonly scene: Scene
  readonly fault: Fault
  readonly traffic: Traffic
  /** Whom the clients are, until they log in anew. */
  readonly tokens: Token[]
  readonly answers: { [phase in Phase]: Answers }
  /** Revocations that were acknowledged while nothing was wrong. */
  readonly lasting: Token[]
  /** As many acknowledged revocations are among those, or are not to be. */
  seen: number
  backAfter: number
}

/** Lets a fault happen to an app in use, and judges. */
export async function suffer(backend: Backend, fault: Fault): Promise<Verdict> {
  const scene = await setScene(backend, { standby: fault.standby === true })
  const stray = watchStrays()
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const lag = (): number => delay.max / 1e6
  const tokens = [await scene.token(), await scene.token()]
  const traffic = startTraffic(scene, tokens, await issueCodes(scene), () => LONGEST + lag())
  const answers = { before: {}, during: {}, stale: {}, after: {} }
  const run: Run = { scene, fault, traffic, tokens, answers, lasting: [], seen: 0, backAfter: 0 }
  try {
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await logInAnew(run)
      await strikeOnce(run)
    }
    await untilWell(scene)
  } finally {
    await traffic.stop()
    delay.disable()
  }

  const { letIn, late, redeemed } = traffic.ledger
  return {
    ...{ ...answers, letIn, late, stray, backAfter: run.backAfter, lag: lag() },
    redeemedTwice: [...redeemed].filter(([, times]) => times > 1).map(([code]) => code),
    lost: await (fault.loses === undefined
      ? findLosses(scene, traffic.ledger)
      : findLostRevocations(scene, run.lasting)),
    health: { store: scene.node.health('store'), revocations: scene.node.health('revocations') },
  }
}

async function strikeOnce(run: Run): Promise<void> {
  const { scene, fault, traffic, tokens } = run
  const { revoked, answers } = traffic.ledger
  await until('every kind of request has been answered', () => USUAL.every((answer) => answers.has(answer)))
  await noteCalm(run, 'before')
  run.lasting.push(...revoked.slice(run.seen))
  const mend = await fault.strike(scene)
  await sleep(200)
  note(run, 'during')
  // Not where there is a loss, which is dated by the server's clock: the two have to agree.
  if (fault.leaves !== 'everything' && fault.loses === undefined) scene.clock.leap(STALE + 1000)
  await sleep(UNDER_WAY)
  note(run, 'during')
  await sleep(UNDER_WAY)
  note(run, 'stale')
  // In the long form: whoever tries again more and more rarely has had the time to.
  if (ROUNDS > 1) await sleep(Math.random() * 6000)
  note(run, 'stale')
  await mend()
  run.backAfter = Math.max(run.backAfter, await untilBack(scene))
  if (fault.loses !== undefined) {
    await untilNoticed(scene, tokens[0]!)
    await sleep(UNDER_WAY)
  }
  run.seen = revoked.length
  await noteCalm(run, 'after')
}

/**
 * Puts down what is answered while all is well. Two cores that run servers, apps and clients miss a deadline now and then, and
 * connections are slow at first; what a fault leaves behind is missed again and again.
 */
async function noteCalm(run: Run, phase: 'before' | 'after'): Promise<void> {
  for (let i = 0; i < 5; i++) {
    note(run, 'during')
    await sleep(200)
    if (![...run.traffic.ledger.answers.keys()].some((name) => name.endsWith(' 503'))) break
  }
  note(run, phase)
}

/** In a long run tokens come to their end; after a loss they do so at once, and with them what is issued in the same second. */
async function logInAnew({ scene, fault, tokens }: Run): Promise<void> {
  if (fault.loses !== undefined) await sleep(1000)
  for (const i of tokens.keys()) tokens[i] = await scene.token()
  await sleep(UNDER_WAY)
}

/** Puts down what was answered since the last time. */
function note({ traffic, answers }: Run, phase: Phase): void {
  answers[phase] = sum(answers[phase], traffic.answers())
}

function sum(one: Answers, other: Answers): Answers {
  const total: Record<string, number> = { ...one }
  for (const [name, count] of Object.entries(other)) total[name] = (total[name] ?? 0) + count
  return total
}

/** What nobody caught. */
function watchStrays(): string[] {
  const stray: string[] = []
  const listener = (thrown: unknown): void => void stray.push(String(thrown))
  for (const event of ['unhandledRejection', 'uncaughtExceptionMonitor'] as const) {
    process.on(event, listener)
    onTestFinished(() => void process.off(event, listener))
  }
  return stray
}

/** Few enough that they come round again: what was redeemed before the fault is asked for after it. */
const CODES = 200

async function issueCodes({ node }: Scene): Promise<string[]> {
  const codes = Array.from({ length: CODES }, (_, i) => `code-${String(i)}`)
  const changes = codes.map((put) => ({ put, value: new Uint8Array(1), ttl: 3_600_000 }))
  await node.env.store.commit('codes', changes)
  return codes
}

/** Uses both apps until each has read, written and counted for somebody who logs in now. Answers how long that took, in milliseconds. */
async function untilBack(scene: Scene): Promise<number> {
  const start = performance.now()
  for (let tries = 0; performance.now() - start < 10_000; tries++) {
    if ((await Promise.all(scene.node.apps.map(async (app) => serves(app, await scene.token(), tries)))).every(Boolean))
      return performance.now() - start
    await sleep(10)
  }
  return Infinity
}

/** Health says that all is well once nothing has failed for a while. */
async function untilWell({ node }: Scene): Promise<void> {
  const isWell = (): boolean => node.health('store').at(-1) !== false && node.health('revocations').at(-1) !== false
  await until('all is well', isWell, 2000).catch(() => undefined)
}

/** The next reading of the list of revocations finds another store: who logged in before it began has to do so again. */
async function untilNoticed({ node }: Scene, old: Token): Promise<void> {
  await until('who logged in before the loss is refused', async () => (await ask(node.apps[0]!, old)) === 401, 2000)
}

async function serves(app: Node['apps'][number], token: Token, tries: number): Promise<boolean> {
  for (const deed of ['read', 'note', 'count'] as const) {
    if ((await ask(app, token, deed, `back-${String(tries)}`)) !== 200) return false
  }
  return true
}
