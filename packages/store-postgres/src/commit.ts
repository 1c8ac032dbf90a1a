import type { Change, Committed, Delete } from '@sallyport/core/store'
import { encodeId, encodeName } from './names.ts'
import { bytesArray, isUuid, plainArray } from './parameters.ts'
import type { Row } from './pool.ts'

/** The arguments of the schema's `commit`: an array for each part of the changes, in their order. */
export function commitArguments(partition: string, changes: readonly Change[]): unknown[] {
  const ids: Buffer[] = []
  const conditions: string[] = []
  const values: (Uint8Array | undefined)[] = []
  const ttls: (number | undefined)[] = []
  const owners: (Buffer | undefined)[] = []
  for (const change of changes) {
    const put = 'put' in change ? change : undefined
    ids.push(encodeId(put?.put ?? (change as Delete).delete))
    conditions.push(conditionOf(change))
    values.push(put?.value)
    ttls.push(put?.ttl)
    owners.push(put?.owner === undefined ? undefined : encodeName(put.owner))
  }
  return [
    encodeName(partition),
    bytesArray(ids),
    plainArray(conditions),
    bytesArray(values),
    plainArray(ttls),
    bytesArray(owners),
  ]
}

function conditionOf({ if: condition }: Change): string {
  if (condition === undefined) return 'none'
  if (typeof condition === 'string') return condition
  // No entry has what is no version; in an array it might be two.
  return isUuid(condition.version) ? condition.version : 'unknown'
}

/** The answer of the schema's `commit`. */
export function readCommitted({ failed, versions }: Row<'failed' | 'versions'>): Committed {
  if (failed !== null) return { ok: false, failed: Number(failed) }
  // A delete leaves its place empty.
  return { ok: true, versions: versions!.split(',').map((version) => (version === '' ? undefined : version)) }
}
