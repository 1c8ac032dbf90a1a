import { SecurityError } from '@sallyport/core'
import type { TextRedactor } from '../act/text-redactor.ts'
import type { Counts } from '../report.ts'
import type { Fields } from './fields.ts'
import { redactBytes, redactCollection, redactError } from './special.ts'

/** Deeper values, and more of them, are taken out whole. */
const DEEPEST = 200
const MOST = 2_000_000
const GONE = '[REDACTED]'

/** One walk through a value. The value itself is never changed; what needs no change is given back as it is. */
export class Walk {
  readonly text: TextRedactor
  readonly counts: Counts
  readonly #fields: Fields
  readonly #deadline: number
  readonly #inside = new Set<object>()
  readonly #path: string[] | undefined
  #count = 0
  #late = false

  constructor(text: TextRedactor, fields: Fields, counts: Counts) {
    this.text = text
    this.#fields = fields
    this.counts = counts
    this.#deadline = text.finder.deadline()
    this.#path = fields.paths.length > 0 ? [] : undefined
  }

  /** @param entity what the field is known to hold */
  value(value: unknown, key: string, entity: string | undefined, flags: number): unknown {
    switch (typeof value) {
      case 'string':
        if (entity === 'keep') return value
        if (this.#overdue()) return GONE
        return entity === undefined
          ? this.text.redact(value, this.counts, flags, value.length > 4096 ? this.#deadline : Infinity)
          : this.#known(entity, value)
      case 'number':
      case 'bigint':
        return this.#number(value, entity, flags)
      case 'object':
        return value === null ? value : this.#object(value, key, entity, flags)
      default:
        return value
    }
  }

  #known(entity: string, value: string): string {
    return value === '' ? value : this.text.value(entity, value, this.counts)
  }

  #number(value: number | bigint, entity: string | undefined, flags: number): unknown {
    if (entity === 'keep') return value
    if (entity !== undefined)
      return this.text.actor.actionOf(entity) === 'keep' ? value : this.#known(entity, String(value))
    // Numbers that people have begin at seven digits.
    if (value < 1_000_000 || (typeof value === 'number' && !Number.isSafeInteger(value))) return value
    const written = String(value)
    const redacted = this.text.redact(written, this.counts, flags)
    return redacted === written ? value : redacted
  }

  #object(value: object, key: string, entity: string | undefined, flags: number): unknown {
    if (this.#inside.has(value)) return '[Circular]'
    if (this.#inside.size >= DEEPEST || ++this.#count > MOST || this.#overdue()) return GONE
    this.#inside.add(value)
    try {
      return this.#members(value, key, entity, flags)
    } catch (thrown) {
      // A getter, a proxy or a toJSON of the app threw. What cannot be looked at does not pass.
      if (SecurityError.is(thrown)) throw thrown
      return GONE
    } finally {
      this.#inside.delete(value)
    }
  }

  #members(value: object, key: string, entity: string | undefined, flags: number): unknown {
    if (Array.isArray(value)) return this.#list(value, entity, flags)
    const { toJSON } = value as { toJSON?: unknown }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return redactBytes(this, value, entity)
    if (value instanceof Date)
      return entity === undefined || entity === 'keep' ? value : this.#known(entity, value.toISOString())
    if (typeof toJSON === 'function')
      return this.value((toJSON as (key: string) => unknown).call(value, key), key, entity, flags)
    if (value instanceof Map || value instanceof Set) return redactCollection(this, value, entity, flags)
    if (value instanceof Error) return redactError(this, value)
    return this.record(value, entity, value)
  }

  #list(list: readonly unknown[], entity: string | undefined, flags: number): unknown {
    let copy: unknown[] | undefined
    for (let i = 0; i < list.length; i++) {
      const before = list[i]
      const after = this.member(String(i), before, entity, flags)
      if (copy === undefined && after !== before) copy = list.slice(0, i)
      copy?.push(after)
    }
    return copy ?? list
  }

  /** A plain object's own members, in a copy once one of them changes. */
  record(value: object, entity: string | undefined, unchanged: unknown): unknown {
    const record = value as Record<string, unknown>
    const keys = Object.keys(record)
    let copy: Record<string, unknown> | undefined
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      const before = record[key]
      const facts = this.#fields.facts(key)
      const after = this.member(key, before, facts.entity ?? entity, facts.flags)
      const name = this.key(key)
      if (copy === undefined) {
        if (after === before && name === key) continue
        copy = {}
        for (let k = 0; k < i; k++) set(copy, keys[k]!, record[keys[k]!])
      }
      set(copy, name, after)
    }
    return copy ?? unchanged
  }

  /** A member, with what the paths say of its place. */
  member(key: string, value: unknown, entity: string | undefined, flags: number): unknown {
    if (this.#path === undefined) return this.value(value, key, entity, flags)
    this.#path.push(key)
    const said = this.#fields.atPath(this.#path)
    const result = this.value(value, key, said ?? entity, flags)
    this.#path.pop()
    return result
  }

  /** A key can be somebody's address, too. */
  key(key: string): string {
    return key.length > 5 && /[@\d]/.test(key) ? this.text.redact(key, this.counts) : key
  }

  #overdue(): boolean {
    if (!this.#late && (++this.#count & 255) === 0) this.#late = this.text.finder.settings.clock.now() > this.#deadline
    return this.#late
  }
}

/** `__proto__` is a member like any other. */
function set(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
