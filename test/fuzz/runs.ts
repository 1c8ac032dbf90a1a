import type { Parameters } from 'fast-check'

/** Inputs in the short form, over all properties together. */
const SHORT = 8000

const total = Number(process.env['FUZZ_RUNS'] ?? SHORT)
const seed = process.env['FUZZ_SEED']
const path = process.env['FUZZ_PATH']

/**
 * How often a property is tried: its share of `FUZZ_RUNS`. A failure prints seed and path; `FUZZ_SEED` and `FUZZ_PATH` play it again.
 * @param shortShare the share in the short form, of what takes long
 */
export function runs<Input>(share: number, shortShare: number = share): Parameters<Input> {
  return {
    numRuns: Math.max(1, Math.round(total * (total > SHORT ? share : shortShare))),
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  }
}

/** For vitest, in milliseconds: the long form takes as long as it takes. */
export const patience: number = total > SHORT ? 0 : 60_000
