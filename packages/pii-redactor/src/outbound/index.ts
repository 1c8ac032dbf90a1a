export { redactingFetch, type RedactingFetchOptions } from './redacting-fetch.ts'
