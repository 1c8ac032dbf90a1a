import { LIFE, BEHIND, record, storeContender, value } from '../lib/store-contender.mjs'
import { openEnvironment } from '../lib/stores.mjs'

const partition = 'bench'
const ttl = LIFE

/** `kind`, `at`: which store, and where it is. What an app gets: the store of an environment, deadlines included. */
export const prepare = storeContender(
  ({ kind }) => kind,
  async (material) => {
    const { store } = await openEnvironment(material)
    const change = async (one) => {
      const committed = await store.commit(partition, [one])
      return committed.ok ? committed.versions[0] : undefined
    }
    return {
      get: async (id) => asBuffer((await store.get({ partition, id }))?.value),
      create: (id, owner) => change({ put: id, value, ttl, owner, if: 'absent' }),
      renew: async (id) => (await change({ put: id, value, ttl, if: 'present' })) !== undefined,
      swap: async (id, version) => (await change({ put: id, value, ttl, if: { version } })) !== undefined,
      take: async (id) => (await store.commit(partition, [{ delete: id, if: 'present' }])).ok,
      increment: (id) => store.increment({ partition, id }, 1, { ttl }),
      list: async (owner) => (await store.listOwned(partition, owner)).length,
      append: (log) => store.append(log, record, { ttl }),
      read: async (log) => (await store.readSince(log, 0, { limit: BEHIND })).records.length,
    }
  },
)

function asBuffer(bytes) {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
