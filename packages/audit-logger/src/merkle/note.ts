import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { auditError } from '../errors.ts'

// Signed notes (C2SP signed-note) and cosignatures of witnesses (C2SP tlog-cosignature).

/** Kinds of signatures: the log's own, and a witness's with its time. */
const ED25519 = 1
const COSIGNATURE = 4

/** DER before the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** Most that is read of a note that others made. */
const LARGEST = 1_000_000

/** A key that signatures are checked with. */
export interface NoteVerifier {
  readonly name: string
  readonly id: number
  readonly kind: typeof ED25519 | typeof COSIGNATURE
  readonly key: KeyObject
}

/** A key that signs. */
export interface NoteSigner {
  readonly name: string
  readonly privateKey: KeyObject
}

/** A line below a note. */
export interface NoteSignature {
  readonly name: string
  readonly id: number
  readonly signature: Uint8Array
}

/** The verifier key (vkey) of a signer, as others configure it. */
export function vkeyOf(signer: NoteSigner, kind: NoteVerifier['kind'] = ED25519): string {
  const material = Buffer.concat([Buffer.of(kind), publicBytes(signer.privateKey)])
  return `${signer.name}+${idOf(signer.name, material).toString(16).padStart(8, '0')}+${material.toString('base64')}`
}

/** @throws SecurityError ERR_AUDIT_PROOF for what is no vkey of Ed25519 */
export function readVkey(vkey: string): NoteVerifier {
  const [, name, id, encoded] = /^([^+\s]+)\+([\da-f]{8})\+([\w+/]+=*)$/.exec(vkey) ?? []
  const material = Buffer.from(encoded ?? '', 'base64')
  const kind = material[0]
  if (
    name === undefined ||
    (kind !== ED25519 && kind !== COSIGNATURE) ||
    material.byteLength !== 33 ||
    idOf(name, material) !== Number.parseInt(id!, 16)
  ) {
    throw auditError('ERR_AUDIT_PROOF', { message: 'This is no verifier key (name+id+base64) of an Ed25519 key' })
  }
  const key = createPublicKey({ key: Buffer.concat([SPKI, material.subarray(1)]), format: 'der', type: 'spki' })
  return { name, id: Number.parseInt(id!, 16), kind, key }
}

/** Signs a text, which ends in a line break. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const lines = signers.map((signer) => {
    const id = Buffer.alloc(4)
    id.writeUInt32BE(readVkey(vkeyOf(signer)).id)
    const signature = sign(null, Buffer.from(text), signer.privateKey)
    return `— ${signer.name} ${Buffer.concat([id, signature]).toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}

/** A cosignature line for a note, as a witness makes it. @param time seconds since the Unix epoch */
export function cosign(note: string, witness: NoteSigner, time: number): string {
  const { text } = splitNote(note)
  const head = Buffer.alloc(12)
  head.writeUInt32BE(readVkey(vkeyOf(witness, COSIGNATURE)).id)
  head.writeBigUInt64BE(BigInt(time), 4)
  const signature = sign(null, cosigned(text, BigInt(time)), witness.privateKey)
  return `— ${witness.name} ${Buffer.concat([head, signature]).toString('base64')}\n`
}

/** @throws SecurityError ERR_AUDIT_PROOF for what is no signed note */
export function splitNote(note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  const end = note.lastIndexOf('\n\n')
  if (end === -1 || note.length > LARGEST || /[\0-\t\v-\x1f]/.test(note) || !note.endsWith('\n')) throw malformed()
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(readSignature)
  return { text: note.slice(0, end + 1), signatures }
}

/**
 * The text of a note with the names of those whose signatures hold. Signatures of unknown keys are passed over.
 * @throws SecurityError ERR_AUDIT_PROOF where a known key's signature is wrong, or no signature is of a known key
 */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): { readonly text: string; readonly signedBy: readonly NoteVerifier[] } {
  const { text, signatures } = splitNote(note)
  const signedBy = new Set<NoteVerifier>()
  for (const { name, id, signature } of signatures) {
    const known = verifiers.find((one) => one.name === name && one.id === id)
    if (known === undefined) continue
    if (!holds(known, text, signature)) {
      throw auditError('ERR_AUDIT_PROOF', { message: `The signature of ${known.name} is wrong` })
    }
    signedBy.add(known)
  }
  if (signedBy.size === 0) throw auditError('ERR_AUDIT_PROOF', { message: 'No signature is of a known key' })
  return { text, signedBy: [...signedBy] }
}

function holds({ kind, key }: NoteVerifier, text: string, signature: Uint8Array): boolean {
  if (kind === ED25519) return verify(null, Buffer.from(text), key, signature)
  if (signature.byteLength !== 72) return false
  const time = Buffer.from(signature).readBigUInt64BE()
  return verify(null, cosigned(text, time), key, signature.subarray(8))
}

function cosigned(text: string, time: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
}

function readSignature(line: string): NoteSignature {
  const [, name, encoded] = /^— (\S+) ([\w+/]+=*)$/.exec(line) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (name === undefined || bytes.byteLength < 5) throw malformed()
  return { name, id: bytes.readUInt32BE(), signature: bytes.subarray(4) }
}

function malformed(): Error {
  return auditError('ERR_AUDIT_PROOF', { message: 'This is no signed note' })
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

function idOf(name: string, material: Uint8Array): number {
  return createHash('sha256').update(`${name}\n`).update(material).digest().readUInt32BE()
}
