import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment, type KeyRing } from '@sallyport/core'
import { UsageError } from '../command.ts'
import { importFile } from '../import-file.ts'

/** What was done where keys are not in a file of their own. */
export interface Rotated {
  readonly done: string
  readonly next: string
  /** The verifier key of an audit log, which is public. */
  readonly vkey?: string
}

/** Gives an audit log a new signing key. The app must not be writing to it. */
export async function rotateAuditKey(directory: string, keyRingModule: string | undefined): Promise<Rotated> {
  const keyRing = keyRingModule === undefined ? undefined : await keyRingOf(keyRingModule)
  const env = createEnvironment({ ...(keyRing && { keyRing }) })
  try {
    const { vkey } = await auditLogger({ directory, env }).rotateSigningKey()
    return {
      done: `The log in ${directory} is signed with a new key`,
      next: `Write its verifier key down where the log is not, beside the old one: ${vkey}`,
      vkey,
    }
  } finally {
    await env.close()
  }
}

/** Has an issuer that keeps its keys in the store bring a new one: `tokenIssuer()`, exported by a module of the app. */
export async function rotateIssuerKeys(module: string, name: string, withdraw: boolean): Promise<Rotated> {
  const issuer = (await importFile(pathToFileURL(resolve(module))))[name] as
    | { rotateKeys?(options: { withdraw: boolean }): Promise<void> }
    | undefined
  if (typeof issuer?.rotateKeys !== 'function')
    throw new UsageError(`${module} has no export ${name} made by tokenIssuer()`)
  await issuer.rotateKeys({ withdraw })
  return {
    done: withdraw
      ? 'The issuer signs with a new key; tokens of the old ones are refused'
      : 'The issuer has published a new key',
    next: withdraw ? 'Everybody logs in again.' : 'It signs by itself once who takes tokens had the time to know it.',
  }
}

async function keyRingOf(module: string): Promise<KeyRing> {
  const { keyRing } = (await importFile(pathToFileURL(resolve(module)))) as { keyRing?: KeyRing }
  if (typeof keyRing?.open !== 'function') throw new UsageError(`${module} has no export keyRing`)
  return keyRing
}
