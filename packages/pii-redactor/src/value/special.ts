import type { Walk } from './walk.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes that are text are redacted as such; others pass as they are, unless the field is known. */
export function redactBytes(walk: Walk, value: ArrayBufferView | ArrayBuffer, entity: string | undefined): unknown {
  if (entity === 'keep') return value
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value)
  if (entity !== undefined) return walk.text.value(entity, Buffer.from(bytes).toString('base64'), walk.counts)
  if (!(value instanceof Uint8Array)) return value
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return value
  }
  const redacted = walk.text.redact(text, walk.counts)
  return redacted === text ? value : Buffer.from(redacted, 'utf8')
}

export function redactCollection(
  walk: Walk,
  value: Map<unknown, unknown> | Set<unknown>,
  entity: string | undefined,
  flags: number,
): unknown {
  if (value instanceof Set) return new Set([...value].map((one, i) => walk.member(String(i), one, entity, flags)))
  return new Map(
    [...value].map(([key, one]) => {
      if (typeof key !== 'string')
        return [walk.value(key, '', undefined, 0), walk.member(String(key), one, entity, flags)]
      const named = walk.record({ [key]: one }, entity, undefined)
      return Object.entries((named as object | undefined) ?? { [key]: one })[0]!
    }),
  )
}

/** An error of the same class, with its message, its stack and what hangs on it redacted. */
export function redactError(walk: Walk, error: Error): Error {
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error & Record<string, unknown>
  for (const name of ['message', 'stack', 'cause', ...Object.keys(error)]) {
    if (!(name in error)) continue
    const value = (error as unknown as Record<string, unknown>)[name]
    Object.defineProperty(copy, name, {
      value: walk.member(name, value, undefined, 0),
      enumerable: Object.prototype.propertyIsEnumerable.call(error, name),
      configurable: true,
      writable: true,
    })
  }
  return copy
}
