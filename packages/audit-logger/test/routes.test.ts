import type { Environment } from '@sallyport/core'
import { signIn, testPrincipal } from '@sallyport/core/testing'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { refusal, scene } from './support.ts'

const people = {
  ada: testPrincipal({ subject: 'ada' }),
  bob: testPrincipal({ subject: 'bob' }),
  auditor: testPrincipal({ subject: 'auditor', roles: ['auditor'] }),
  acme: testPrincipal({ subject: 'acme-auditor', tenant: 'acme', roles: ['auditor'] }),
}

function scened(options = {}) {
  const one = scene()
  one.env.ports.offer('can', (who, permission) => permission === 'audit:read' && who.roles.includes('auditor'))
  let who: keyof typeof people | undefined
  const use = [
    signIn(() => who && people[who], { env: one.env as Environment }),
    one.audit.routes({ permission: 'audit:read', prefix: '/api', ...options }),
  ]
  return { ...one, use, as: (name: keyof typeof people | undefined) => void (who = name) }
}

async function fill({ audit }: ReturnType<typeof scened>): Promise<void> {
  await audit.record({ type: 'auth.login', actor: { issuer: 'test', subject: 'ada' } })
  await audit.record({
    type: 'user.updated',
    actor: { issuer: 'test', subject: 'admin' },
    about: { issuer: 'test', subject: 'ada' },
    personal: { email: 'ada@example.com' },
  })
  await audit.record({ type: 'data.read', actor: { issuer: 'test', subject: 'bob', tenant: 'acme' } })
}

describeHosts('the routes', (host) => {
  it('give everybody their own records, and of others in them nothing', async () => {
    const one = scened()
    await fill(one)
    const app = await host.start({ use: one.use })
    expect((await app.fetch('/api/audit-logs')).status).toBe(401)
    one.as('ada')
    const response = await app.fetch('/api/audit-logs')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(text).not.toMatch(/admin|bob/)
    const { records } = JSON.parse(text) as { records: { type: string; about?: { personal: unknown } }[] }
    expect(records.map(({ type }) => type)).toEqual(['user.updated', 'auth.login'])
    expect(records[0]!.about!.personal).toEqual({ email: 'ada@example.com' })
    one.as('bob')
    expect(await (await app.fetch('/api/audit-logs')).json()).toEqual({ records: [] })
    await app.close()
  })

  it('do not tell by what is found what of others stands in one’s own records', async () => {
    const one = scened()
    await fill(one)
    const app = await host.start({ use: one.use })
    one.as('ada')
    // The administrator who changed ada's account is in the record, and not for her.
    for (const query of ['text=admin', 'actor=admin&issuer=test', 'address=127.0.0.1', 'tenant=acme']) {
      const response = await app.fetch(`/api/audit-logs?${query}`)
      expect([response.status, await response.text()], query).toEqual([400, expect.stringContaining('own records')])
    }
    expect((await app.fetch('/api/audit-logs?type=auth.login&limit=1')).status).toBe(200)
    await app.close()
  })

  it('let no cache keep what only some may read', async () => {
    const one = scened()
    await fill(one)
    await one.audit.checkpoint()
    const app = await host.start({ use: one.use })
    one.as('auditor')
    for (const path of ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1', 'all', 'export', '0/proof']) {
      const response = await app.fetch(`/api/audit-logs/${path}`)
      expect([response.status, response.headers.get('cache-control')], path).toEqual([200, 'no-store'])
    }
    await app.close()
  })

  it('give all of them to who has the permission only, and that is recorded first (ASVS 16.4.2)', async () => {
    const one = scened()
    await fill(one)
    const app = await host.start({ use: one.use })
    one.as('ada')
    for (const path of ['all', 'export', '0/proof', 'checkpoint', 'tile/0/000.p/1']) {
      expect((await app.fetch(`/api/audit-logs/${path}`)).status, path).toBe(403)
    }
    one.as('auditor')
    const { records } = (await (
      await app.fetch('/api/audit-logs/all?actor=ada&issuer=test&type=auth.login')
    ).json()) as {
      records: unknown[]
    }
    expect(records).toHaveLength(1)
    const read = (await one.records()).filter(({ type }) => type === 'audit.read')
    expect(read).toMatchObject([{ detail: { forPerson: true }, actor: { subject: 'auditor' } }])
    await app.close()
  })

  it('give a tenant’s auditor that tenant’s records only', async () => {
    const one = scened()
    await fill(one)
    const app = await host.start({ use: one.use })
    one.as('acme')
    for (const query of ['', '?tenant=other', '?tenant=']) {
      const { records } = (await (await app.fetch(`/api/audit-logs/all${query}`)).json()) as {
        records: { tenant: string }[]
      }
      expect(new Set(records.map(({ tenant }) => tenant)), query).toEqual(new Set(['acme']))
    }
    // Neither by a proof nor by an entry.
    expect((await app.fetch('/api/audit-logs/0/proof')).status).toBe(404)
    expect((await app.fetch('/api/audit-logs/2/proof')).status).toBe(200)
    expect((await app.fetch('/api/audit-logs/tile/entries/000.p/1')).status).toBe(403)
    await app.close()
  })

  it('export, prove, and refuse what they do not understand', async () => {
    const one = scened()
    await fill(one)
    const app = await host.start({ use: one.use })
    one.as('auditor')
    const csv = await app.fetch('/api/audit-logs/export?format=csv&type=auth.login')
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"')
    expect((await csv.text()).split('\r\n')).toHaveLength(3)
    expect(await (await app.fetch('/api/audit-logs/1/proof')).text()).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra /)
    expect((await app.fetch('/api/audit-logs/4711/proof')).status).toBe(404)
    for (const query of [
      'tpye=x',
      'from=yesterday',
      'limit=0',
      'limit=5&limit=6',
      'outcome=ok',
      'format=xml',
      `text=${'x'.repeat(300)}`,
    ]) {
      expect((await app.fetch(`/api/audit-logs/export?${query}`)).status, query).toBe(400)
    }
    expect((await app.fetch('/api/audit-logs/all', { method: 'POST' })).status).toBe(405)
    await app.close()
  })

  it('serve the log as C2SP tlog-tiles has it, where that is wanted', async () => {
    const one = scened({ publicTiles: true })
    for (let i = 0; i < 260; i++) void one.audit.record({ type: 'data.read', detail: { i } })
    await one.audit.checkpoint()
    const app = await host.start({ use: one.use })
    const bytes = async (path: string) =>
      new Uint8Array(await (await app.fetch(`/api/audit-logs/tile/${path}`)).arrayBuffer())
    const [origin, size, root] = (await (await app.fetch('/api/audit-logs/checkpoint')).text()).split('\n')
    expect([origin, size]).toEqual(['shop.example.com/audit', '260'])
    // The root, from entries alone, by RFC 6962 and another implementation of the hash.
    const entries: Uint8Array[] = []
    for (const bundle of [await bytes('entries/000'), await bytes('entries/001.p/4')]) {
      for (let i = 0; i < bundle.length;) {
        const length = bundle[i]! * 256 + bundle[i + 1]!
        entries.push(bundle.subarray(i + 2, i + 2 + length))
        i += 2 + length
      }
    }
    expect(entries).toHaveLength(260)
    const leaves = entries.map((entry) => sha256(Uint8Array.of(0, ...entry)))
    expect(Buffer.from(await bytes('0/000'))).toEqual(Buffer.concat(leaves.slice(0, 256)))
    expect(Buffer.from(await bytes('0/001.p/4'))).toEqual(Buffer.concat(leaves.slice(256)))
    const hash = (hashes: Uint8Array[]): Uint8Array => {
      if (hashes.length === 1) return hashes[0]!
      const k = 2 ** Math.floor(Math.log2(hashes.length - 1))
      return sha256(Uint8Array.of(1, ...hash(hashes.slice(0, k)), ...hash(hashes.slice(k))))
    }
    expect(Buffer.from(hash(leaves)).toString('base64')).toBe(root)
    expect(Buffer.from(await bytes('1/000.p/1'))).toEqual(Buffer.from(hash(leaves.slice(0, 256))))
    for (const wrong of ['0/002', '0/001.p/5', '0/001', '0/1', 'x/000', '64/000', '0/000.p/256', '0/000.p/0']) {
      expect((await app.fetch(`/api/audit-logs/tile/${wrong}`)).status, wrong).toBe(404)
    }
    await app.close()
  })
})

it('the routes refuse a permission about which nobody decides, at construction', () => {
  expect(refusal(() => scene().audit.routes({ permission: 'audit:read' }))).toMatch(/^ERR_PORT_ABSENT/)
  expect(refusal(() => scene().audit.routes({ permision: 'x' } as never))).toContain('did you mean `permission`')
})
