import { auditError } from '../errors.ts'
import { readCheckpoint, type Checkpoint } from '../merkle/checkpoint.ts'
import { leafHash } from '../merkle/hash.ts'
import { openNote, readVkey, splitNote } from '../merkle/note.ts'
import { isConsistent, Prover, rootFromInclusion } from '../merkle/proof.ts'
import type { LogSource } from '../read/log-reader.ts'

const HEAD = 'c2sp.org/tlog-proof@v1'

/** What a proof shows. */
export interface Proven {
  readonly origin: string
  readonly index: number
  /** The record as it is in the log, in canonical JSON. */
  readonly record: string
  readonly checkpoint: Checkpoint
  /** Names of those whose signatures hold: the log, and witnesses. */
  readonly signedBy: readonly string[]
}

/** A source's checkpoint with what computes its proofs. */
async function proverOf(
  source: Pick<LogSource, 'checkpoint' | 'tile'>,
  given?: string,
): Promise<{ note: string; checkpoint: Checkpoint; prover: Prover }> {
  const note = given ?? (await source.checkpoint())
  if (note === undefined) throw auditError('ERR_AUDIT_NOT_FOUND', { message: 'The audit log has no checkpoint yet' })
  const checkpoint = readCheckpoint(splitNote(note).text)
  return { note, checkpoint, prover: new Prover(checkpoint.size, (level, n, width) => source.tile(level, n, width)) }
}

/**
 * A proof that a record is in the log (C2SP tlog-proof), with the record in it, which anyone can check offline.
 * @throws SecurityError ERR_AUDIT_NOT_FOUND (404)
 */
export async function proveRecord(source: LogSource, index: number): Promise<string> {
  // One that witnesses have signed shows more, where it is late enough.
  const witnessed = await source.witnessed()
  const late = witnessed !== undefined && readCheckpoint(splitNote(witnessed).text).size > index
  const { note, checkpoint, prover } = await proverOf(source, late ? witnessed : undefined)
  const entry = index < checkpoint.size ? await entryAt(source, index) : undefined
  if (entry === undefined) {
    throw auditError('ERR_AUDIT_NOT_FOUND', { message: `The checkpoint has no record ${index} that is still kept` })
  }
  const path = await prover.inclusion(index)
  const hashes = path.map((hash) => `${base64(hash)}\n`).join('')
  return `${HEAD}\nextra ${base64(entry)}\nindex ${index}\n${hashes}\n${note}`
}

/** The bytes of one record. */
export async function entryAt(source: Pick<LogSource, 'entries'>, index: number): Promise<Buffer | undefined> {
  if (!Number.isSafeInteger(index) || index < 0) return undefined
  for await (const { bytes } of source.entries(index, index + 1)) return bytes
  return undefined
}

/**
 * Checks a proof, without the log.
 * @param vkeys keys that are trusted: the log's, and those of witnesses, who then must all have signed
 * @throws SecurityError ERR_AUDIT_PROOF (400)
 */
export function checkRecordProof(proof: string, vkeys: readonly string[]): Proven {
  const end = proof.indexOf('\n\n')
  const [head, extra = '', place = '', ...hashes] = proof.slice(0, end).split('\n')
  const record = /^extra ([\w+/]+=*)$/.exec(extra)?.[1]
  const index = /^index (0|[1-9]\d{0,15})$/.exec(place)?.[1]
  if (end === -1 || head !== HEAD || record === undefined || index === undefined)
    throw refused('This is no proof of a record')
  const { text, signedBy } = openSigned(proof.slice(end + 2), vkeys)
  const checkpoint = readCheckpoint(text)
  const bytes = Buffer.from(record, 'base64')
  const path = hashes.map((hash) => Buffer.from(hash, 'base64'))
  const root = rootFromInclusion(Number(index), checkpoint.size, leafHash(bytes), path)
  if (root === undefined || Buffer.compare(root, checkpoint.root) !== 0) throw refused('The record is not in the log')
  return { origin: checkpoint.origin, index: Number(index), record: bytes.toString(), checkpoint, signedBy }
}

/**
 * Hashes that show that an earlier checkpoint is the beginning of the present one.
 * @throws SecurityError ERR_AUDIT_NOT_FOUND (404) for a size that the log has not had
 */
export async function proveConsistency(
  source: Pick<LogSource, 'checkpoint' | 'tile'>,
  earlierSize: number,
): Promise<readonly string[]> {
  const { checkpoint, prover } = await proverOf(source)
  if (!(Number.isSafeInteger(earlierSize) && earlierSize > 0 && earlierSize <= checkpoint.size)) {
    throw auditError('ERR_AUDIT_NOT_FOUND', { message: `The log never had a checkpoint of ${earlierSize} records` })
  }
  return (await prover.consistency(earlierSize)).map(base64)
}

/**
 * Checks that one checkpoint is the beginning of another.
 * @throws SecurityError ERR_AUDIT_PROOF (400)
 */
export function checkConsistency(
  earlier: string,
  later: string,
  proof: readonly string[],
  vkeys: readonly string[],
): void {
  const first = readCheckpoint(openSigned(earlier, vkeys).text)
  const second = readCheckpoint(openSigned(later, vkeys).text)
  const path = proof.map((hash) => Buffer.from(hash, 'base64'))
  if (first.origin !== second.origin || !isConsistent(first, second, path)) {
    throw refused('The later checkpoint does not contain the earlier one')
  }
}

function openSigned(note: string, vkeys: readonly string[]): { text: string; signedBy: readonly string[] } {
  const { text, signedBy } = openNote(note, vkeys.map(readVkey))
  const { origin } = readCheckpoint(text)
  if (!signedBy.some(({ name, kind }) => kind === 1 && name === origin)) throw refused(`${origin} has not signed it`)
  for (const { name, kind } of vkeys.map(readVkey)) {
    if (kind === 4 && !signedBy.some((one) => one.name === name)) throw refused(`The witness ${name} has not signed it`)
  }
  return { text, signedBy: signedBy.map(({ name }) => name) }
}

function refused(message: string): Error {
  return auditError('ERR_AUDIT_PROOF', { message })
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
