import { conditionCases } from './store-conditions.ts'
import { counterCases } from './store-counters.ts'
import { bind, type ConformanceCase, type StoreHarness } from './store-harness.ts'
import { hintCases } from './store-hints.ts'
import { keyCases } from './store-keys.ts'
import { lifecycleCases } from './store-lifecycle.ts'
import { logCases } from './store-log.ts'
import { ownerCases } from './store-owners.ts'
import { raceCases } from './store-races.ts'
import { valueCases } from './store-values.ts'

/**
 * What every `Store` must do, as cases for any test runner:
 *
 *     for (const { name, run } of storeConformance(harness)) it(name, run)
 *
 * Each case makes a store of its own through the harness and disposes of it. On a store that keeps time by itself `advance`
 * sleeps, for about fifteen seconds in all.
 */
export function storeConformance(harness: StoreHarness): readonly ConformanceCase[] {
  const cases = [
    ...valueCases,
    ...conditionCases,
    ...raceCases,
    ...ownerCases,
    ...counterCases,
    ...logCases,
    ...hintCases,
    ...keyCases,
    ...lifecycleCases,
  ]
  return cases.map((one) => bind(harness, one))
}
