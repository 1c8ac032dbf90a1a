import { createHash } from 'node:crypto'
import { sessionTracker } from '@sallyport/session-tracker'
import { partitionOf, tagOf } from '../../../../packages/session-tracker/dist/account.js'
import { afterLogin, Devices } from '../../../../packages/session-tracker/dist/device/devices.js'
import { putLedger } from '../../../../packages/session-tracker/dist/ledger.js'
import { keyOf } from '../../../../packages/session-tracker/dist/secret.js'
import { Sessions } from '../../../../packages/session-tracker/dist/sessions.js'
import { settle } from '../../../../packages/session-tracker/dist/settings.js'
import { openEnvironment } from '../lib/stores.mjs'

const EACH = 3
const MONTH = 2_592_000
const now = Math.floor(Date.now() / 1000)

/** Records of session-tracker as logins write them, three to an account, with what else a login keeps: the account's book and one device. */
export async function prepare(material) {
  const env = await openEnvironment(material)
  const settings = settle({ env })
  const [sessions, devices, tracker] = [new Sessions(settings), new Devices(env.store), sessionTracker({ env })]
  const account = (n) => ({ issuer: 'https://id.example.com', subject: `user-${n}` })
  const id = (n) => createHash('sha256').update(String(n)).digest('base64url')
  // What an app would store: the record as JSON. What is stored is shorter.
  let payload = 0
  let stored = 0
  return {
    operations: {},
    calls: {
      /** Sessions number `from` to `to`. */
      async fill(from, to) {
        const AT_ONCE = 256
        for (let done = from; done < to; done += AT_ONCE) {
          const wave = []
          for (let n = done; n < Math.min(to, done + AT_ONCE); n++) {
            const owner = account(Math.floor(n / EACH))
            const seen = {
              client: { browser: 'Firefox', version: '140', os: 'Linux', platform: 'desktop' },
              language: 'en',
              place: { country: 'DE', city: 'Berlin', asn: 3320 },
              address: '203.0.113.0',
              network: 'AS3320',
              device: id(`device ${Math.floor(n / EACH)}`).slice(0, 22),
            }
            const record = {
              ...{
                state: 'live',
                account: owner,
                carrier: 'session',
                createdAt: now,
                lastSeenAt: now,
                endsAt: now + MONTH,
              },
              ...{ amr: ['pwd', 'otp'], authTime: now, key: keyOf(id(`key ${n}`)), ...seen, confirmed: true },
            }
            const put = sessions.put(id(n).slice(0, 22), record, now, 'absent')
            payload = Buffer.byteLength(JSON.stringify(record))
            stored = put.value.length
            const changes = [put]
            if (n % EACH === 0) {
              changes.push(putLedger({ ledger: {}, version: undefined }, {}, MONTH))
              changes.push(devices.put(seen.device, afterLogin(undefined, seen, now), 'absent'))
            }
            wave.push(written(env.store, partitionOf(tagOf(owner)), changes))
          }
          await Promise.all(wave)
        }
      },
      payload: () => payload,
      stored: () => stored,
      /** Milliseconds of each of so many lists, each of a user drawn at random, one after the other; the shortest first. */
      async list(count, users) {
        const times = []
        for (let i = 0; i < count; i++) {
          const owner = account(Math.floor(Math.random() * users))
          const start = performance.now()
          const found = await tracker.list(owner)
          times.push(performance.now() - start)
          if (found.length !== EACH) throw new Error(`${found.length} sessions where ${EACH} are right`)
        }
        return times.sort((a, b) => a - b)
      },
    },
  }
}

/** On a busy machine an answer may be late: what was written after all is there the next time. */
async function written(store, partition, changes) {
  for (let attempt = 0; ; attempt++) {
    try {
      const { ok } = await store.commit(partition, changes)
      if (!ok && attempt === 0) throw new Error('a session was there before')
      return
    } catch (thrown) {
      if (thrown.status !== 503 || attempt === 20) throw thrown
      await new Promise((done) => setTimeout(done, 200))
    }
  }
}
