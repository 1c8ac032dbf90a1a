import type { Principal } from '@sallyport/core'

/** A single value. */
export type Scalar = string | number | boolean | null

/** What the object has in a field; `customer.region` goes deeper. Own members only. */
export interface ObjectRef {
  readonly object: string
}

/** Parts of the principal that conditions may refer to. */
export type PrincipalPath =
  | 'issuer'
  | 'tenant'
  | 'subject'
  | 'sid'
  | 'acr'
  | 'authTime'
  | 'roles'
  | 'scopes'
  | 'amr'
  | 'credential.kind'
  | 'credential.id'
  | 'actor.issuer'
  | 'actor.subject'
  | `claims.${string}`

/** What is known of the caller. */
export interface PrincipalRef {
  readonly principal: PrincipalPath
}

/** One side of a comparison. A text is a text: references are objects, so that no value can be taken for one. */
export type Operand = Scalar | ObjectRef | PrincipalRef

/**
 * When a rule holds, as data: the same in code, JSON and YAML.
 *
 * Values of one kind compare; everything else (a field that is missing, `null`, a number with a text) is **unknown**, as in SQL. What is
 * unknown never grants, and a deny rule that may hold, holds. `eq` and `ne` with a written `null` ask whether there is a value.
 */
export type Condition =
  | { readonly eq: readonly [Operand, Operand] }
  | { readonly ne: readonly [Operand, Operand] }
  | { readonly lt: readonly [Operand, Operand] }
  | { readonly lte: readonly [Operand, Operand] }
  | { readonly gt: readonly [Operand, Operand] }
  | { readonly gte: readonly [Operand, Operand] }
  /** The first is one of the second: a written list, or a reference to one. */
  | { readonly in: readonly [Operand, readonly Scalar[] | ObjectRef | PrincipalRef] }
  /** The field holds the caller's subject. */
  | { readonly owner: string }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition }

/**
 * When a rule holds, as a function; in code only. It answers at once, `true` or `false`: what must be fetched is fetched before.
 * Whatever else it does counts as unknown.
 */
export type Predicate = (object: never, principal: Principal) => boolean

/** Operators that compare two values. */
export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'

/** An operand, read. */
export type Term =
  | { readonly kind: 'value'; readonly value: Scalar | readonly Scalar[] }
  | { readonly kind: 'object' | 'principal'; readonly path: readonly string[]; readonly text: string }

/** A condition, read. */
export type Formula =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly kind: 'not'; readonly part: Formula }
  | { readonly kind: 'compare'; readonly op: Comparison; readonly left: Term; readonly right: Term }
  | { readonly kind: 'in'; readonly item: Term; readonly list: Term }
  | { readonly kind: 'test'; readonly test: Predicate; readonly at: string }
