import { expect } from 'vitest'
import type { Fault } from './faults.ts'
import { ROUNDS, type Answers, type Verdict } from './suffer.ts'

/** Answers that may be given while a fault lasts. */
const DURING = /^((read|note|count|revoke) (200|503)|redeem (200|409|503)|knock (401|503))$/
/** And where everything has been lost, and with it who had logged in before. */
const AFTER_LOSS = /^((read|note|count|revoke) (200|401|503)|redeem (200|401|409|503)|knock (401|503))$/
/** And while all is well. */
const WELL = /^((read|note|count|revoke) 200|redeem (200|409)|knock 401)$/
const WELL_OR_LOGGED_OUT = /^((read|note|count|revoke) (200|401)|redeem (200|401|409)|knock 401)$/
const WELL_AFTER_LOSS = /^((read|note|count|revoke|redeem|knock) 401)$/

/** A store that comes back slowly may be well, not well, and well again. */
const MOST_CHANGES = 6

/** What holds for every fault. */
export function expectGood(fault: Fault, verdict: Verdict): void {
  const { before, during, stale, after, health } = verdict
  const lossy = fault.loses !== undefined
  const { mayLogOut = false } = fault
  // Who logs in in the second in which everybody was logged out has to do so again.
  const soon = mayLogOut ? 2000 : 1000
  expect.soft(verdict.letIn, 'tokens let in after their revocation was acknowledged').toEqual([])
  expect.soft(verdict.lost, 'acknowledged, and lost').toEqual([])
  expect.soft(verdict.late, 'requests that hung').toEqual([])
  expect.soft(verdict.stray, 'rejections and exceptions that nobody caught').toEqual([])
  expect.soft(verdict.backAfter, 'milliseconds until all worked again').toBeLessThan(soon + verdict.lag)
  if (fault.loses !== 'the latest') expect.soft(verdict.redeemedTwice, 'single-use codes accepted twice').toEqual([])

  expect.soft(odd(before, WELL), 'odd answers before').toEqual([])
  expect
    .soft(odd({ ...during, ...stale }, lossy || mayLogOut ? AFTER_LOSS : DURING), 'odd answers while it lasted')
    .toEqual([])
  expect.soft(odd(after, wellAfter(fault)), 'odd answers after').toEqual([])
  expectLeft(fault, verdict)

  expectChanges(fault, health.store)
  expectChanges({ ...fault, leaves: 'some calls' }, health.revocations)
}

function wellAfter({ loses, mayLogOut = false }: Fault): RegExp {
  if (loses !== undefined) return WELL_AFTER_LOSS
  return mayLogOut ? WELL_OR_LOGGED_OUT : WELL
}

function odd(answers: Answers, pattern: RegExp): string[] {
  return Object.keys(answers).filter((name) => !pattern.test(name))
}

/** Health is told once per change: each is the other one than before, however many requests there were; and in the end all is well. */
function expectChanges({ leaves = 'nothing' }: Fault, health: readonly boolean[]): void {
  if (leaves === 'nothing') expect.soft(health.length, 'changes of health').toBeGreaterThan(0)
  expect.soft(health, 'changes of health').toEqual(health.map((_, i) => i % 2 === 1))
  expect.soft(health.length % 2, 'changes of health').toBe(0)
  expect.soft(health.length, 'changes of health').toBeLessThanOrEqual(MOST_CHANGES * ROUNDS)
}

function shareOf(answers: Answers, pattern: RegExp): number {
  const sum = (list: readonly [string, number][]): number => list.reduce((total, [, count]) => total + count, 0)
  const all = Object.entries(answers)
  return sum(all.filter(([name]) => pattern.test(name))) / sum(all)
}

/** That the fault was felt, and who was refused for it. */
function expectLeft({ leaves = 'nothing', loses }: Fault, { during, stale }: Verdict): void {
  const has = (name: string): boolean => name in during || name in stale
  switch (leaves) {
    case 'everything':
      expect.soft(shareOf(during, / 503$/), 'share of those who were refused').toBeLessThan(0.1)
      return
    case 'reads':
      expect.soft(has('note 503')).toBe(true)
      expect.soft(Object.keys(stale)).toContain('read 200')
      return
    case 'some calls':
      expect.soft(has('note 503')).toBe(true)
      return
    case 'nothing':
      expect.soft(has('note 503') && has('redeem 503'), 'that it was felt').toBe(true)
      if (loses !== undefined) return
      // The list of revocations cannot be read, and is too old.
      expect.soft(Object.keys(stale)).toContain('knock 503')
      expect.soft(Object.keys(stale)).not.toContain('read 200')
  }
}
