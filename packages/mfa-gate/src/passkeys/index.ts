export type { PasskeyOptions } from './options.ts'
export { passkeys } from './passkeys.ts'
