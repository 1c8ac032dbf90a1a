import { checkRecordProof, verifyLog, type AuditRecord } from '@sallyport/audit-logger'
import { describe, expect, it } from 'vitest'
import { everythingIn, keyRing, scene } from './support.ts'

const ada = { issuer: 'https://id.example.com/', tenant: 'acme', subject: 'ada-lovelace' }

async function all(records: AsyncIterable<AuditRecord>): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  for await (const record of records) found.push(record)
  return found
}

describe.each([
  ['without a key ring', undefined],
  ['with a key ring', keyRing()],
])('forgetting a person, %s', (_, ring) => {
  it('leaves nothing of them anywhere, and every proof holds', async () => {
    const { audit, records, directory, source } = scene({}, ring ? { keyRing: ring } : {})
    await audit.record({ type: 'user.registered', actor: ada, personal: { email: 'ada@example.com' } })
    await audit.record({
      type: 'user.updated',
      actor: { subject: 'admin' },
      about: ada,
      before: { phone: '0123' },
      after: { phone: '4567' },
    })
    const proof = await audit.prove(0)
    const { vkeys } = await source()
    expect((await all(audit.exportSubject(ada))).map(({ type }) => type)).toEqual([
      'user.registered',
      'user.updated',
      'audit.subject-exported',
    ])
    expect(await audit.forget(ada)).toEqual({ index: 4, durable: true, found: true })

    const after = await records()
    expect(JSON.stringify(after)).not.toMatch(/ada|0123|4567/)
    expect(after[0]!.actor).toEqual({ ref: expect.any(String), forgotten: true })
    expect(after[1]!.actor).toMatchObject({ subject: 'admin' })
    expect(after.map(({ type, outcome }) => `${type} ${outcome}`).slice(-2)).toEqual([
      'audit.forgotten intent',
      'audit.forgotten success',
    ])
    expect(everythingIn(directory)).not.toMatch(/ada-lovelace|ada@example|0123|4567/)
    // What was exported before the person was forgotten is proven still, and so is the log.
    expect(checkRecordProof(proof, vkeys).index).toBe(0)
    expect(checkRecordProof(await audit.prove(1), vkeys).record).not.toContain('ada')
    expect((await verifyLog({ directory, ...(ring && { keyRing: ring }) })).problems).toEqual([])
    expect(await all(audit.exportSubject(ada))).toMatchObject([{ type: 'audit.subject-exported' }])
  })

  it('does not stop them from coming back as somebody new', async () => {
    const { audit, records } = scene({}, ring ? { keyRing: ring } : {})
    await audit.record({ type: 'auth.login', actor: ada })
    await audit.forget(ada)
    await audit.record({ type: 'auth.login', actor: ada })
    const [before, , , after] = await records()
    expect(before!.actor!.forgotten).toBe(true)
    expect(after!.actor).toMatchObject({ subject: 'ada-lovelace' })
    expect(after!.actor!.ref).not.toBe(before!.actor!.ref)
  })
})

it('who is not there is not found, and that is recorded, too', async () => {
  const { audit, records } = scene()
  expect((await audit.forget(ada)).found).toBe(false)
  expect((await records()).map(({ detail }) => detail)).toEqual([undefined, { found: false }])
})

it('the same subject of another tenant or issuer is another person', async () => {
  const { audit, records } = scene()
  await audit.record({ type: 'auth.login', actor: ada })
  await audit.record({ type: 'auth.login', actor: { ...ada, tenant: 'other' } })
  await audit.record({ type: 'auth.login', actor: { subject: ada.subject } })
  await audit.forget(ada)
  expect((await records()).slice(0, 3).map(({ actor }) => actor!.forgotten === true)).toEqual([true, false, false])
})
