import { openEnvironment, unavailable } from '../lib/stores.mjs'

const issuer = 'https://issuer.example'

/** One node of two: it revokes sessions, or waits until it knows that one is revoked. Answers times of the machine's steady clock. */
export async function prepare(material) {
  const lacking = unavailable(material.kind)
  if (lacking) return lacking
  const { revocations, clock } = await openEnvironment(material)
  await revocations.ready()

  async function refused(id) {
    const principal = { issuer, subject: 'user-1', sid: id, roles: [], credential: { kind: 'bearer', ambient: false } }
    if (revocations.find(principal)) throw new Error('refused before it was revoked')
    await new Promise((resolve) => {
      const cancel = revocations.onChange(() => {
        if (!revocations.find(principal)) return
        cancel()
        resolve()
      })
    })
    return nanoseconds()
  }

  let waiting
  return {
    operations: {},
    calls: {
      expect(id) {
        waiting = refused(id)
      },
      refused: () => waiting,
      async revoke(id) {
        const asked = nanoseconds()
        const expiresAt = Math.ceil(clock.now() / 1000) + 3600
        await revocations.revoke({ kind: 'session', issuer, id, expiresAt, reason: 'bench' })
        return { asked, acknowledged: nanoseconds() }
      },
    },
  }
}

function nanoseconds() {
  return String(process.hrtime.bigint())
}
