import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { coreError, type KeyRing } from '@sallyport/core'
import { vkeyOf } from '../merkle/note.ts'
import { writeWhole } from '../vault/files.ts'

/** What a log is known by, and what only its writer may know. */
export interface Identity {
  /** Its name in checkpoints. */
  readonly origin: string
  /** From which the keys of persons and segments are made. */
  readonly logKey: Uint8Array
  /** PKCS #8 in DER; the first is the current one. */
  readonly signingKeys: readonly Uint8Array[]
}

interface PublicPart {
  readonly version: 1
  readonly origin: string
  readonly vkeys: readonly string[]
}

/** How secrets are kept: sealed by the app's key ring, or as they are, in a file that only its owner may read. */
interface SecretPart {
  readonly sealed?: string
  readonly logKey?: string
  readonly signingKeys?: readonly string[]
}

const CONTEXT = 'sallyport.audit'

/** Where and how a log's identity is kept. */
export interface IdentityPlace {
  readonly directory: string
  readonly keyRing: KeyRing | undefined
  /** Signs instead of a key that is kept with the log. */
  readonly signingKey?: KeyObject | undefined
}

/** The identity of the log in a folder; it is made where there is none. */
export async function openIdentity(place: IdentityPlace, origin: string | undefined): Promise<Identity> {
  const found = readPublic(place.directory)
  if (found === undefined) return createIdentity(place, origin ?? `${hostname().toLowerCase()}/audit`)
  if (origin !== undefined && origin !== found.origin) {
    throw coreError('ERR_OPTION', {
      message: `auditLogger: option \`origin\` was '${origin}', but the log in ${place.directory} is '${found.origin}'`,
    })
  }
  return { origin: found.origin, ...(await readSecrets(place, found.origin)) }
}

/** The public part of a log's identity; nothing where there is no log. */
export function readPublic(directory: string): PublicPart | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'log.json'), 'utf8')) as PublicPart
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

/** A new signing key, PKCS #8 in DER. */
export function newSigningKey(): Uint8Array {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
}

/** Keeps an identity with other signing keys. */
export async function writeIdentity(place: IdentityPlace, identity: Identity): Promise<void> {
  writeWhole(join(place.directory, 'secrets'), await sealSecrets(place, identity))
  writeWhole(join(place.directory, 'log.json'), publicPart(identity, readPublic(place.directory)?.vkeys))
}

async function createIdentity(place: IdentityPlace, origin: string): Promise<Identity> {
  const { directory, signingKey } = place
  const identity = newIdentity(origin, signingKey)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Of two processes that make a log at once the first one's counts; the secrets come before what says that there is a log.
  if (!createOnce(join(directory, 'secrets'), await sealSecrets(place, identity))) {
    const secrets = await readSecrets(place, origin)
    createOnce(join(directory, 'log.json'), publicPart({ origin, ...secrets }))
    return { origin: readPublic(directory)?.origin ?? origin, ...secrets }
  }
  createOnce(join(directory, 'log.json'), publicPart(identity))
  return identity
}

/** A log that has not been. */
export function newIdentity(origin: string, signingKey: KeyObject | undefined): Identity {
  const own = signingKey?.export({ format: 'der', type: 'pkcs8' }) ?? newSigningKey()
  return { origin, logKey: randomBytes(32), signingKeys: [own] }
}

/** Verifier keys of those that sign now. */
export function vkeysOf({ origin, signingKeys }: Identity): readonly string[] {
  return signingKeys.map((key) => vkeyOf({ name: origin, privateKey: readKey(key) }))
}

function createOnce(file: string, bytes: Uint8Array): boolean {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, bytes, { mode: 0o600, flush: true } as never)
  try {
    linkSync(draft, file)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  } finally {
    rmSync(draft, { force: true })
  }
}

function publicPart(identity: Identity, before: readonly string[] = []): Buffer {
  const { origin } = identity
  const part: PublicPart = { version: 1, origin, vkeys: [...new Set([...vkeysOf(identity), ...before])] }
  return Buffer.from(`${JSON.stringify(part, undefined, 2)}\n`)
}

/** What only the writer may know, as it is kept. */
export async function sealSecrets(
  { keyRing, signingKey }: Pick<IdentityPlace, 'keyRing' | 'signingKey'>,
  identity: Identity,
): Promise<Buffer> {
  const secrets: SecretPart = {
    logKey: base64(identity.logKey),
    signingKeys: signingKey === undefined ? identity.signingKeys.map(base64) : [],
  }
  if (keyRing === undefined) return Buffer.from(JSON.stringify(secrets))
  const sealed = await keyRing.seal([CONTEXT], Buffer.from(JSON.stringify(secrets)))
  return Buffer.from(JSON.stringify({ sealed: base64(sealed) } satisfies SecretPart))
}

async function readSecrets(place: IdentityPlace, origin: string): Promise<Omit<Identity, 'origin'>> {
  return openSecrets(place, origin, readFileSync(join(place.directory, 'secrets')))
}

/** @throws SecurityError ERR_OPTION where they are sealed and there is no key ring */
export async function openSecrets(
  { keyRing, signingKey }: Pick<IdentityPlace, 'keyRing' | 'signingKey'>,
  origin: string,
  bytes: Uint8Array,
): Promise<Omit<Identity, 'origin'>> {
  const kept = JSON.parse(Buffer.from(bytes).toString()) as SecretPart
  if (kept.sealed !== undefined && keyRing === undefined) {
    throw coreError('ERR_OPTION', {
      message: `auditLogger: the log ${origin} is sealed; give its environment the key ring`,
    })
  }
  const { logKey, signingKeys = [] } =
    kept.sealed === undefined
      ? kept
      : (JSON.parse(Buffer.from(await keyRing!.open([CONTEXT], fromBase64(kept.sealed))).toString()) as SecretPart)
  const given = signingKey?.export({ format: 'der', type: 'pkcs8' })
  return {
    logKey: fromBase64(logKey!),
    signingKeys: given === undefined ? signingKeys.map(fromBase64) : [given],
  }
}

function readKey(key: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' })
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}
