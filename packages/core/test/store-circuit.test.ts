import type { Cancel, Clock } from '@sallyport/core'
import { createMemoryStore, storeUnavailable } from '@sallyport/core'
import { withDeadline, type Store } from '@sallyport/core/store'
import { createTestClock } from '@sallyport/core/testing'
import { describe, expect, it } from 'vitest'

const key = { partition: 'p', id: 'k' }
const notSent = { code: 'ERR_STORE_UNAVAILABLE', status: 503, headers: { 'retry-after': '5' }, expose: false }
const silent = { ...notSent, message: 'The store does not answer; this call was not sent' }
const full = { ...notSent, message: 'The store has too many calls to answer; this one was not sent' }

/** A store whose `get` the test freezes and thaws, as SIGSTOP and SIGCONT do to a server. Every other call fails at once. */
function scene(maxUnanswered?: number) {
  const clock = createTestClock()
  const held: (() => void)[] = []
  const state = { frozen: false, sent: 0 }
  const store: Store = {
    ...createMemoryStore({ clock }),
    get: () => {
      state.sent++
      return state.frozen ? new Promise((resolve) => held.push(() => resolve(undefined))) : Promise.resolve(undefined)
    },
    commit: () => Promise.reject(storeUnavailable('The store is full')),
  }
  const health: string[] = []
  const guarded = withDeadline(store, {
    clock,
    onHealth: (healthy, method) => void health.push(`${healthy ? 'up' : 'down'}: ${method}`),
    ...(maxUnanswered !== undefined && { maxUnanswered }),
  })
  const ask = () => {
    const outcome: { value?: unknown } = {}
    guarded.get(key).then(
      () => (outcome.value = 'answered'),
      (refusal: unknown) => (outcome.value = refusal),
    )
    return outcome
  }
  return {
    clock,
    guarded,
    health,
    state,
    ask,
    thaw() {
      state.frozen = false
      for (const answer of held.splice(0)) answer()
    },
    /** The store's host loses its power: what was asked is never answered. */
    forget: () => void held.splice(0),
    /** Makes the store miss so many deadlines, one after the other. */
    async miss(times: number) {
      state.frozen = true
      for (let i = 0; i < times; i++) {
        ask()
        await clock.advance(250)
      }
    },
  }
}

describe('a store that has missed five deadlines in a row', () => {
  it('is not sent what it would not answer: the caller is refused at once', async () => {
    const { clock, ask, state, miss } = scene()
    await miss(5)
    const outcomes = Array.from({ length: 1000 }, ask)
    await clock.advance(0)
    expect(state.sent).toBe(5)
    for (const { value } of outcomes) expect(value).toMatchObject(silent)
  })

  it('is sent one call of many, 100 ms after the last miss', async () => {
    const { clock, ask, state, miss } = scene()
    await miss(5)
    await clock.advance(99)
    ask()
    expect(state.sent).toBe(5)
    await clock.advance(1)
    const outcomes = Array.from({ length: 100 }, ask)
    await clock.advance(249)
    expect(state.sent).toBe(6)
    expect(outcomes.map(({ value }) => value === undefined)).toEqual([true, ...Array.from({ length: 99 }, () => false)])
    await clock.advance(1)
    expect(outcomes[0]!.value).toMatchObject({ message: 'The store did not answer get within 250 ms' })
    Array.from({ length: 100 }, ask)
    expect(state.sent).toBe(6)
  })

  it('has few calls to hold on to after an outage of minutes, however many there were', async () => {
    const { clock, ask, state } = scene()
    state.frozen = true
    for (let i = 0; i < 6000; i++) {
      for (let j = 0; j < 10; j++) ask()
      await clock.advance(20)
    }
    // Two minutes: what came in before the first misses, then a call in every 360 ms.
    expect(state.sent).toBeLessThan(200 + 120_000 / 350)
  }, 60_000)

  it('is in use again within a second of its return', async () => {
    const { clock, ask, state, miss, forget } = scene()
    await miss(5)
    await clock.advance(3_600_000)
    // The worst moment: a call is being tried that will not be answered.
    ask()
    await clock.advance(1)
    state.frozen = false
    forget()
    let answered: number | undefined
    for (let waited = 0; waited < 2000 && answered === undefined; waited += 20) {
      const outcome = ask()
      await clock.advance(20)
      if (outcome.value === 'answered') answered = waited
    }
    expect(answered).toBeLessThan(500)
    const outcomes = Array.from({ length: 100 }, ask)
    await clock.advance(0)
    expect(outcomes.every(({ value }) => value === 'answered')).toBe(true)
  })

  it('is tried at once when it answers what was given up', async () => {
    const { clock, ask, miss, thaw } = scene()
    await miss(5)
    thaw()
    await clock.advance(0)
    const outcome = ask()
    await clock.advance(0)
    expect(outcome.value).toBe('answered')
  })

  it('stays closed to others while each try misses, and news of it comes once', async () => {
    const { clock, ask, state, health, miss, thaw } = scene()
    await miss(20)
    expect(health).toEqual(['down: get'])
    for (let i = 0; i < 50; i++) {
      ask()
      await clock.advance(50)
    }
    expect(state.sent).toBeLessThan(15 + 50)
    expect(health).toEqual(['down: get'])
    thaw()
    await clock.advance(1000)
    ask()
    await clock.advance(0)
    expect(health).toEqual(['down: get', 'up: get'])
  })

  it('is tried although the machine’s clock was set back', async () => {
    const { clock, ask, miss, state, forget } = scene()
    await miss(5)
    state.frozen = false
    forget()
    clock.set(clock.now() - 86_400_000)
    const outcome = ask()
    await clock.advance(0)
    expect(outcome.value).toBe('answered')
  })

  it('is found well by an answer in time to what was sent before', async () => {
    const { clock, ask, miss, thaw } = scene()
    await miss(4)
    ask()
    await clock.advance(200)
    const before = ask()
    await clock.advance(50)
    const refused = ask()
    await clock.advance(0)
    expect(refused.value).toMatchObject(silent)
    thaw()
    await clock.advance(0)
    const outcomes = Array.from({ length: 10 }, ask)
    await clock.advance(0)
    expect([before, ...outcomes].every(({ value }) => value === 'answered')).toBe(true)
  })
})

describe('calls go on', () => {
  it('to a store that misses often and never five times in a row', async () => {
    const { clock, ask, state, miss, thaw } = scene()
    for (let i = 0; i < 10; i++) {
      await miss(4)
      thaw()
      const outcome = ask()
      await clock.advance(0)
      expect(outcome.value).toBe('answered')
    }
    expect(state.sent).toBe(50)
  })

  // Or else whoever fills the store would keep a revocation from being written.
  it('to a store that refuses one kind of call without end', async () => {
    const { guarded, clock, ask } = scene()
    for (let i = 0; i < 100; i++) {
      await expect(guarded.commit('p', [])).rejects.toMatchObject({ message: 'The store is full' })
    }
    expect(await guarded.append('log', new Uint8Array(1), { ttl: 1000 })).toBe(1)
    const outcome = ask()
    await clock.advance(0)
    expect(outcome.value).toBe('answered')
  })

  it('after a try that was a wrong call: it told nothing of the store', async () => {
    const { guarded, clock, ask, miss, state, forget } = scene()
    await miss(5)
    await clock.advance(100)
    await expect(guarded.append('log', 'text' as never, { ttl: 1 })).rejects.toMatchObject({ code: 'ERR_OPTION' })
    const next = [ask(), ask()]
    await clock.advance(0)
    expect(next.map(({ value }) => value !== undefined)).toEqual([false, true])
    await clock.advance(350)
    state.frozen = false
    forget()
    const outcome = ask()
    await clock.advance(0)
    expect(outcome.value).toBe('answered')
  })
})

describe('the calls that a store has not answered', () => {
  it('are never more than `maxUnanswered`, and count until they are answered', async () => {
    const { clock, ask, state, health, thaw } = scene(50)
    state.frozen = true
    const outcomes = Array.from({ length: 80 }, ask)
    await clock.advance(0)
    // One more is tried now and then, or a store that never answers one call would be lost for ever.
    expect(state.sent).toBe(51)
    expect(outcomes.filter(({ value }) => value !== undefined)).toHaveLength(29)
    for (const { value } of outcomes.slice(51)) expect(value).toMatchObject(full)
    expect(health).toEqual(['down: get'])
    thaw()
    await clock.advance(250)
    Array.from({ length: 40 }, ask)
    await clock.advance(0)
    expect(state.sent).toBe(91)
    expect(health).toEqual(['down: get', 'up: get'])
  })

  it('keep no store from being used again that has forgotten them', async () => {
    const { clock, ask, state, forget } = scene(50)
    state.frozen = true
    Array.from({ length: 50 }, ask)
    await clock.advance(250)
    forget()
    state.frozen = false
    await clock.advance(10_000)
    const outcome = ask()
    await clock.advance(0)
    expect(outcome.value).toBe('answered')
  })

  it('grow by six in a minute at most where none is ever answered', async () => {
    const { clock, ask, state } = scene(50)
    state.frozen = true
    for (let i = 0; i < 600; i++) {
      for (let j = 0; j < 10; j++) ask()
      await clock.advance(100)
    }
    expect(state.sent).toBeLessThanOrEqual(50 + 6 + 1)
  })
})

it('no timer runs while nothing is asked, also while calls are kept from the store', async () => {
  const inner = createTestClock()
  let running = 0
  const clock: Clock = {
    now: () => inner.now(),
    after(delay, task): Cancel {
      running++
      let over = false
      const end = (): void => {
        if (!over) running--
        over = true
      }
      const cancel = inner.after(delay, () => {
        end()
        task()
      })
      return () => {
        end()
        cancel()
      }
    },
  }
  let hung = true
  const guarded = withDeadline(
    { ...createMemoryStore(), get: () => (hung ? new Promise(() => undefined) : Promise.resolve(undefined)) },
    { clock },
  )
  for (let i = 0; i < 20; i++) guarded.get(key).catch(() => undefined)
  expect(running).toBe(20)
  await inner.advance(250)
  expect(running).toBe(0)
  hung = false
  await inner.advance(100)
  await guarded.get(key)
  expect(running).toBe(0)
})
