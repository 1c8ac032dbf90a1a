import type { Store } from '@sallyport/core'
import { decodeFamily, encodeFamily, type Family } from './family.ts'
import type { FamilyPlace } from './token.ts'

/** A family as it was found. */
export interface FoundFamily {
  readonly place: FamilyPlace
  readonly family: Family
  readonly version: string
}

/** All families of an account are listed under this owner. They share a partition with nobody else's. */
const OWNER = 'families'

/** How long a record stays beyond the end of what is in it, in milliseconds: clocks of nodes and stores differ. */
const MARGIN = 60_000

/** Most families that are ended by one commit. */
const PAGE = 100

/** Families in the store. Each is one entry in the partition of its account. */
export class Families {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async find(place: FamilyPlace): Promise<FoundFamily | undefined> {
    const entry = await this.#store.get({ partition: partitionOf(place.account), id: place.family })
    return entry && { place, family: decodeFamily(entry.value), version: entry.version }
  }

  /** Writes a family that was not there. @param ttl milliseconds */
  async add(place: FamilyPlace, family: Family, ttl: number): Promise<void> {
    // Nobody draws the same 120 bits twice; if it were so, nobody's login may be overwritten.
    if (!(await this.#put(place, family, ttl, 'absent'))) throw new Error('A family of refresh tokens was drawn twice')
  }

  /** Writes a family in place of what was found. Answers whether nobody was faster. @param ttl milliseconds */
  replace(found: FoundFamily, family: Family, ttl: number): Promise<boolean> {
    return this.#put(found.place, family, ttl, { version: found.version })
  }

  async #put(
    place: FamilyPlace,
    family: Family,
    ttl: number,
    condition: 'absent' | { readonly version: string },
  ): Promise<boolean> {
    const put = {
      put: place.family,
      value: encodeFamily(family),
      ttl: Math.max(1, Math.ceil(ttl)) + MARGIN,
      if: condition,
      owner: OWNER,
    }
    return (await this.#store.commit(partitionOf(place.account), [put])).ok
  }

  /** The families of an account, a page at a time. */
  async *list(account: string): AsyncGenerator<readonly FoundFamily[]> {
    let after: string | undefined
    do {
      const options = { limit: PAGE, ...(after !== undefined && { after }) }
      const page = await this.#store.listOwned(partitionOf(account), OWNER, options)
      yield page.map(({ id, value, version }) => {
        return { place: { account, family: id }, family: decodeFamily(value), version }
      })
      after = page.length < PAGE ? undefined : page.at(-1)!.id
    } while (after !== undefined)
  }

  /** Takes families away, whatever became of them in the meantime: a refresh that is under way then finds nothing to change. */
  async remove(account: string, families: readonly FoundFamily[]): Promise<void> {
    if (families.length === 0) return
    await this.#store.commit(
      partitionOf(account),
      families.map(({ place }) => ({ delete: place.family })),
    )
  }
}

function partitionOf(account: string): string {
  return `jwt-auth.refresh:${account}`
}
