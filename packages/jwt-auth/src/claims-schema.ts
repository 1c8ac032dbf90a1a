import { isPromise } from '@sallyport/core'
import type { JwtClaims } from './claims.ts'
import { Refusal } from './errors.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What a schema may make of claims. */
export type ClaimsObject = Readonly<Record<string, unknown>>

/**
 * Checks claims with the app's own schema, once for each token: what it makes of them, frozen.
 * @throws Refusal ERR_JWT_CLAIMS. Which claim it was stays untold: schemas repeat names and values that the token brought.
 */
export async function applySchema(schema: StandardSchema<ClaimsObject>, claims: JwtClaims): Promise<ClaimsObject> {
  // A copy of their own: some libraries work in place.
  const answer = schema['~standard'].validate(structuredClone(claims))
  const result = isPromise(answer) ? await answer : answer
  if (result.issues) throw new Refusal('ERR_JWT_CLAIMS', 'the claims do not fit the schema')
  if (typeof result.value !== 'object' || result.value === null) {
    throw new TypeError('The schema of the claims must make an object of them')
  }
  return freezePlain(result.value)
}

/** Freezes objects and lists, not what a schema has made of a class, such as a `Date`. */
function freezePlain<Value extends object>(value: Value, seen: Set<object> = new Set()): Value {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (seen.has(value) || !(prototype === Object.prototype || prototype === null || Array.isArray(value))) return value
  seen.add(value)
  for (const one of Object.values(value) as unknown[]) {
    if (typeof one === 'object' && one !== null) freezePlain(one, seen)
  }
  return Object.freeze(value)
}
