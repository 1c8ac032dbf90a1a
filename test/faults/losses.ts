import type { Store } from '@sallyport/core'
import { untilReady, type Scene, type Token } from './scene.ts'
import { ask, type Ledger } from './traffic.ts'

/** What had been acknowledged and is not there. */
export async function findLosses(scene: Scene, ledger: Ledger): Promise<string[]> {
  const { store, end } = scene.connect()
  const found = [
    ...(await lostNotes(store, ledger)),
    ...(await lostCodes(store, ledger)),
    ...(await lostCounts(store, ledger)),
    ...(await findLostRevocations(scene, ledger.revoked)),
  ]
  await end()
  return found
}

/** Revoked tokens that a node accepts which has only just started, past the network. */
export async function findLostRevocations(scene: Scene, revoked: readonly Token[]): Promise<string[]> {
  const node = await scene.startNode({ direct: true })
  await untilReady(node)
  const found: string[] = []
  for (const token of revoked) {
    const status = await ask(node.apps[0]!, token)
    if (status !== 401) found.push(`revocation of ${token.jti}: ${status}`)
  }
  return found
}

async function lostNotes(store: Store, { notes }: Ledger): Promise<string[]> {
  const kept = new Set<string>()
  for (let after = ''; ;) {
    const page = await store.listOwned('notes', 'alice', { after, limit: 1000 })
    for (const { id } of page) kept.add(id)
    if (page.length < 1000) break
    after = page.at(-1)!.id
  }
  return notes.filter((id) => !kept.has(id)).map((id) => `note ${id}`)
}

async function lostCodes(store: Store, { redeemed }: Ledger): Promise<string[]> {
  const found: string[] = []
  for (const code of redeemed.keys()) {
    if (await store.get({ partition: 'codes', id: code })) found.push(`${code} is there, and was redeemed`)
  }
  return found
}

async function lostCounts(store: Store, { counted, attempted }: Ledger): Promise<string[]> {
  const count = await store.increment({ partition: 'counts', id: 'all' }, 0, { ttl: 1000 })
  return count >= counted && count <= attempted ? [] : [`counted ${count}, not between ${counted} and ${attempted}`]
}
