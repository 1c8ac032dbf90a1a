import { readFileSync, rmSync, statSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { open, seal } from '../vault/seal.ts'
import { writeWhole } from '../vault/files.ts'

/** What sealed archives begin with; gzip begins with other bytes (RFC 1952, section 2.3.1). */
const SEALED = Buffer.from('SAL1')
const CONTEXT = 'sallyport audit archive'

/** Of an archived segment beside the plain name. */
export const ARCHIVED = '.gz'

/** Puts a compressed segment in the place of a plain one, sealed where there is a key. */
export function archiveSegment(file: string, key: Uint8Array | undefined): void {
  const packed = gzipSync(readFileSync(file))
  writeWhole(`${file}${ARCHIVED}`, key === undefined ? packed : Buffer.concat([SEALED, seal(key, packed, CONTEXT)]))
  rmSync(file)
}

/** The bytes of an archived segment. @throws Error where it was changed */
export function readArchive(file: string, key: Uint8Array): Buffer {
  const bytes = readFileSync(file)
  const sealed = bytes.subarray(0, SEALED.byteLength).equals(SEALED)
  return gunzipSync(sealed ? open(key, bytes.subarray(SEALED.byteLength), CONTEXT) : bytes)
}

/** Where a segment is now, and whether that is an archive. */
export function whereIs(file: string): { readonly file: string; readonly archived: boolean } {
  const archived = statSync(file, { throwIfNoEntry: false }) === undefined
  return { file: archived ? `${file}${ARCHIVED}` : file, archived }
}
