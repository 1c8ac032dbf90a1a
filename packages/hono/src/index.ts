export type { Connection } from './fetch/connection.ts'
export { guardFetch, type FetchCall, type FetchHandler } from './fetch/guard-fetch.ts'
export { gate, type GateHandler } from './gate.ts'
export { problemDetails } from './problem.ts'
