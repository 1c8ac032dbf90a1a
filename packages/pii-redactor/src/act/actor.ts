import { coreError, isPromise, type KeyRing } from '@sallyport/core'
import { piiError } from '../errors.ts'
import type { DataClass } from '../engine/entity.ts'
import type { Keys } from './keys.ts'
import { generalise, mask } from './mask.ts'
import { actionOf, type Action, type Policy } from './policy.ts'

/** What actions need besides the value. */
export interface Means {
  readonly keys: Keys | undefined
  readonly keyRing: KeyRing | undefined
  readonly classes: Readonly<Record<string, DataClass>>
  readonly scope: string
}

/** Does what one policy says. */
export class Actor {
  readonly #means: Means
  readonly #policy: Policy
  readonly #known = new Map<string, Action>()

  constructor(means: Means, policy: Policy) {
    this.#means = means
    this.#policy = policy
  }

  actionOf(entity: string): Action {
    let action = this.#known.get(entity)
    if (action === undefined) this.#known.set(entity, (action = actionOf(this.#policy, this.#means.classes, entity)))
    return action
  }

  /** What stands in the place of a value. */
  replace(entity: string, value: string): string {
    switch (this.actionOf(entity)) {
      case 'keep':
        return value
      case 'remove':
        return `[${entity}]`
      case 'mask':
        return mask(entity, value)
      case 'hash':
        return this.#keys().hash(entity, value)
      case 'generalise':
        return generalise(entity, value)
      case 'tokenize':
        return this.#keys().seal(entity, value)
      case 'encrypt':
        return this.#encrypt(entity, value)
    }
  }

  #keys(): Keys {
    const { keys } = this.#means
    if (keys === undefined) throw coreError('ERR_OPTION', { message: 'piiRedactor: hash and tokenize need `keys`' })
    return keys
  }

  #encrypt(entity: string, value: string): string {
    const sealed = this.#means.keyRing!.seal(sealContext(this.#means.scope, entity), Buffer.from(value, 'utf8'))
    if (isPromise(sealed)) {
      sealed.then(undefined, () => undefined)
      throw piiError('ERR_PII_KEY_REMOTE')
    }
    return `enc_${entity}.${Buffer.from(sealed).toString('base64url')}`
  }
}

export function sealContext(scope: string, entity: string): readonly string[] {
  return ['pii', scope, entity]
}
