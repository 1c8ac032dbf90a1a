import { builtin } from './builtins.ts'

/** Writes to stderr when `NODE_DEBUG` names the package. Pass decisions and names, never a secret or a token. */
export interface Debug {
  (message: string): void
  readonly enabled: boolean
}

/** The log of one package: `NODE_DEBUG=sallyport:jwt-auth` (or `sallyport:*`) turns it on. */
export function debugOf(name: string): Debug {
  const write = builtin.util().debuglog(`sallyport:${name}`)
  const { enabled } = write
  return Object.assign((message: string) => void (enabled && write('%s', printable(message))), { enabled })
}

/** A request's path reaches this log: control characters in it must not forge lines or steer a terminal. */
function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
