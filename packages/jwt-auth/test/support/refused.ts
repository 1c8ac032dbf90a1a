import { expect } from 'vitest'
import { Refusal, type JwtErrorCode } from '../../src/errors.ts'

/** Runs what must be refused with this code. */
export function expectRefusal(code: JwtErrorCode, attempt: () => unknown): void {
  let thrown: unknown
  try {
    attempt()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(Refusal)
  expect((thrown as Refusal).code).toBe(code)
}
