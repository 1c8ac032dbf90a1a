import { describe, expect, it } from 'vitest'
import { coreError, SecurityError } from '../src/errors.ts'
import type { Store } from '../src/store/contract.ts'
import { withDeadline } from '../src/store/deadline.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { createTestClock } from '../src/testing/test-clock.ts'

const key = { partition: 'p', id: 'k' }
const unavailable = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' }, expose: false }

/** A store whose every call is what the test makes of it. */
function scene(deadline = 250) {
  const clock = createTestClock()
  const sound = createMemoryStore({ clock })
  let behave: (() => Promise<never>) | undefined
  const store = Object.fromEntries(
    Object.entries(sound).map(([name, member]) => [
      name,
      typeof member === 'function'
        ? (...given: never[]) => behave?.() ?? (member as (...g: never[]) => unknown)(...given)
        : member,
    ]),
  ) as unknown as Store
  const health: string[] = []
  const guarded = withDeadline(store, {
    deadline,
    clock,
    onHealth: (ok, method) => health.push(`${ok ? 'up' : 'down'}: ${method}`),
  })
  return {
    clock,
    guarded,
    health,
    hang: () => (behave = () => new Promise<never>(() => undefined)),
    fail: (thrown: unknown) => (behave = () => Promise.reject(thrown as Error)),
    throwAtOnce: (thrown: unknown) =>
      (behave = () => {
        throw thrown
      }),
    recover: () => (behave = undefined),
  }
}

const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  generation: (store) => store.generation(),
  get: (store) => store.get(key),
  commit: (store) => store.commit('p', []),
  increment: (store) => store.increment(key, 1, { ttl: 1000 }),
  listOwned: (store) => store.listOwned('p', 'o'),
  append: (store) => store.append('log', new Uint8Array(), { ttl: 1000 }),
  readSince: (store) => store.readSince('log', 0),
  subscribe: (store) => store.subscribe('log', () => undefined),
}

describe('withDeadline', () => {
  for (const [method, call] of Object.entries(calls)) {
    it(`ends ${method} at the deadline when the store hangs`, async () => {
      const { clock, guarded, hang } = scene()
      hang()
      const outcome = settled(call(guarded))
      await clock.advance(249)
      expect(outcome.value).toBeUndefined()
      await clock.advance(1)
      expect(outcome.value).toMatchObject({
        ...unavailable,
        message: `The store did not answer ${method} within 250 ms`,
      })
    })
  }

  it('gives cleanup and close more time, but an end as well', async () => {
    const { clock, guarded, health, hang } = scene()
    hang()
    const outcomes = [settled(guarded.cleanup()), settled(guarded.close())]
    await clock.advance(9999)
    expect(outcomes.map(({ value }) => value)).toEqual([undefined, undefined])
    await clock.advance(1)
    for (const { value } of outcomes) expect(value).toMatchObject(unavailable)
    expect(health).toEqual([])
  })

  it('turns what a store throws into its own refusal, without the text', async () => {
    for (const how of ['fail', 'throwAtOnce'] as const) {
      const { guarded, ...broken } = scene()
      broken[how](Object.assign(new Error('connect postgres://user:hunter2@db'), { code: 'ECONNREFUSED' }))
      const refusal = await guarded.get(key).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ ...unavailable, origin: { name: 'Error', code: 'ECONNREFUSED' } })
      expect(JSON.stringify(refusal) + String((refusal as Error).stack)).not.toContain('hunter2')
    }
  })

  it('turns another package’s refusal and a thrown non-error into it too', async () => {
    const { guarded, fail } = scene()
    for (const thrown of [coreError('ERR_UNAUTHENTICATED'), 'a string', undefined, null]) {
      fail(thrown)
      await expect(guarded.get(key)).rejects.toMatchObject(unavailable)
    }
  })

  it('gives a store’s own refusal the header that it forgot', async () => {
    const { guarded, fail } = scene()
    fail(new SecurityError('ERR_STORE_UNAVAILABLE', { status: 503, message: 'Redis is read-only' }))
    await expect(guarded.get(key)).rejects.toMatchObject({ ...unavailable, message: 'Redis is read-only' })
  })

  it('lets the error of a wrong call pass, which says nothing about health', async () => {
    const { guarded, health } = scene()
    await expect(guarded.increment(key, 0.5, { ttl: 1 })).rejects.toMatchObject({ code: 'ERR_OPTION', status: 500 })
    expect(health).toEqual([])
  })

  it('reports health once for each change, not for each call', async () => {
    const { clock, guarded, health, fail, recover } = scene()
    await guarded.get(key)
    expect(health).toEqual([])
    fail(new Error())
    await Promise.allSettled([guarded.get(key), guarded.generation(), guarded.commit('p', [])])
    expect(health).toEqual(['down: get'])
    recover()
    await clock.advance(250)
    await Promise.all([guarded.generation(), guarded.get(key)])
    expect(health).toEqual(['down: get', 'up: generation'])
  })

  it('does not call a store healthy that fails every other call', async () => {
    const { clock, guarded, health, fail, recover } = scene()
    for (let i = 0; i < 20; i++) {
      fail(new Error())
      await guarded.get(key).catch(() => undefined)
      recover()
      await clock.advance(100)
      await guarded.get(key)
    }
    expect(health).toEqual(['down: get'])
  })

  it('keeps what a health listener throws from the call', async () => {
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const guarded = withDeadline(
      { ...createMemoryStore(), get: () => Promise.reject(new Error('store')) },
      {
        onHealth() {
          throw new Error('listener hunter2')
        },
      },
    )
    await expect(guarded.get(key)).rejects.toMatchObject(unavailable)
    expect(String(await warned)).toMatch(/SallyportWarning: A listener to a health change threw Error/)
  })

  it('ignores an answer and a failure that come too late', async () => {
    const clock = createTestClock()
    const late: ((how: 'answer' | 'fail') => void)[] = []
    const guarded = withDeadline(
      {
        ...createMemoryStore(),
        get: () =>
          new Promise((resolve, reject) =>
            late.push((how) => (how === 'answer' ? resolve(undefined) : reject(new Error('late')))),
          ),
      },
      { clock },
    )
    const outcomes = [settled(guarded.get(key)), settled(guarded.get(key))]
    await clock.advance(250)
    late[0]!('answer')
    late[1]!('fail')
    // An unhandled rejection would fail the run here.
    await clock.advance(1)
    for (const { value } of outcomes) expect(value).toMatchObject(unavailable)
  })

  it('ends a subscription that came about too late', async () => {
    const clock = createTestClock()
    let cancelled = 0
    let arrive: (() => void) | undefined
    const subscribe = (): Promise<() => void> =>
      new Promise((resolve) => (arrive = () => resolve(() => void cancelled++)))
    const outcome = settled(
      withDeadline({ ...createMemoryStore(), subscribe }, { clock }).subscribe('log', () => undefined),
    )
    await clock.advance(250)
    expect(outcome.value).toMatchObject(unavailable)
    arrive!()
    await clock.advance(1)
    expect(cancelled).toBe(1)
  })

  it('does not blame the store for a process that was busy itself', async () => {
    const answer = new Promise<undefined>((resolve) => void setTimeout(() => resolve(undefined), 5))
    const health: boolean[] = []
    const onHealth = (healthy: boolean): void => void health.push(healthy)
    const guarded = withDeadline({ ...createMemoryStore(), get: () => answer }, { deadline: 2, onHealth })
    const busy = Date.now() + 20
    const asked = guarded.get(key)
    while (Date.now() < busy);
    expect(await asked).toBeUndefined()
    await new Promise((resolve) => void setImmediate(() => resolve(undefined)))
    expect(health).toEqual([])
  })

  it('tells of a recovery also when the machine’s clock was set back meanwhile', async () => {
    const { clock, guarded, health, fail, recover } = scene()
    fail(new Error())
    await guarded.get(key).catch(() => undefined)
    recover()
    clock.set(clock.now() - 3_600_000)
    await guarded.get(key)
    expect(health).toEqual(['down: get', 'up: get'])
  })

  it('refuses wrong options', () => {
    expect(() => withDeadline(createMemoryStore(), { deadline: 0 })).toThrow('option `deadline` was 0')
    expect(() => withDeadline(createMemoryStore(), { deadlines: 5 } as never)).toThrow('did you mean `deadline`')
  })
})

/** What a promise came to, to be looked at while time stands still. */
function settled(promise: Promise<unknown>): { value?: unknown } {
  const outcome: { value?: unknown } = {}
  promise.then(
    (value) => (outcome.value = value),
    (thrown: unknown) => (outcome.value = thrown),
  )
  return outcome
}
