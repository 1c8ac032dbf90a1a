// For authors of stores. Who only uses one needs the package's main entry.
export type { Cancel } from '../clock.ts'
export type {
  Change,
  Committed,
  Condition,
  Delete,
  Generation,
  LogPage,
  LogRecord,
  OwnedEntry,
  Put,
  Store,
  StoreEntry,
  StoreKey,
  Version,
} from './contract.ts'
export { withDeadline, type DeadlineOptions } from './deadline.ts'
export { defineStore } from './define-store.ts'
export type { StoreDriver } from './driver.ts'
export type { HealthListener } from './health.ts'
export { storeLimits } from './input.ts'
export { storeUnavailable } from './unavailable.ts'
