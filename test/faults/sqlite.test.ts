import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Store } from '@sallyport/core'
import { createSqliteStore } from '@sallyport/store-sqlite'
import { SignJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../servers/index.ts'
import { smallDisk } from './sqlite-disk.ts'

const issuer = 'https://id.example.com/'
const secret = randomBytes(32)

/** Twice the deadline of a call, and what a busy machine takes. */
const LONGEST = 1000

/** An app in a process of its own. */
interface App {
  readonly process: ChildProcess
  /** Does a deed by HTTP; answers the status, and notes what took too long. */
  ask(deed: string, id?: string, jti?: string): Promise<number>
  readonly late: string[]
  report(): Promise<{ strays: string[]; health: string[]; memory: number }>
  kill(): Promise<void>
}

type Command = (program: string, args: readonly string[]) => [string, readonly string[]]

async function startApp(path: string, command: Command = (...given) => given, user = {}): Promise<App> {
  const settings = JSON.stringify({ path, issuer, secret: secret.toString('base64') })
  const program = fileURLToPath(new URL('sqlite-child.mjs', import.meta.url))
  const [file, args] = command(process.execPath, ['--disable-warning=ExperimentalWarning', program, settings])
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...user })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const late: string[] = []
  return {
    process: child,
    late,
    async ask(deed, id = '', jti = 'good') {
      const start = performance.now()
      const headers = { authorization: `Bearer ${await tokenOf(jti)}` }
      const response = await fetch(`http://127.0.0.1:${port}/${deed}?id=${id}`, { headers })
      await response.arrayBuffer()
      const took = performance.now() - start
      if (took > LONGEST) late.push(`${deed} ${response.status} after ${took.toFixed()} ms`)
      return response.status
    },
    async report() {
      child.send('report')
      const [report] = (await once(child, 'message')) as [Awaited<ReturnType<App['report']>>]
      return report
    },
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

function tokenOf(jti: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ client_id: 'web', jti })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience('orders-api')
    .setSubject('ada')
    .setIssuedAt(now)
    .setExpirationTime(now + 300)
    .sign(secret)
}

/** What clients were told, and what they may rely on since. */
class Ledger {
  readonly notes: string[] = []
  readonly issued: string[] = []
  readonly redeemed: string[] = []
  readonly revoked: string[] = []
  counted = 0
  attempted = 0
  /** How often what was answered how, since the last time it was asked. */
  answers: Record<string, number> = {}
  #turn = 0

  /** Some clients at once, each of whom does a little of everything. */
  async traffic(app: App, rounds: number): Promise<Record<string, number>> {
    this.answers = {}
    for (let i = 0; i < rounds; i++) await Promise.all(Array.from({ length: 4 }, () => this.#round(app, this.#turn++)))
    return this.answers
  }

  async #round(app: App, turn: number): Promise<void> {
    const id = `id-${turn}`
    await this.#ask(app, 'read')
    if ((await this.#ask(app, 'note', id)) === 200) this.notes.push(id)
    if ((await this.#ask(app, 'issue', id)) === 200) this.issued.push(id)
    const code = this.issued[turn % Math.max(1, this.issued.length)]
    if (code !== undefined) {
      const takers = await Promise.all([1, 2, 3].map(() => this.#ask(app, 'redeem', code)))
      for (const status of takers) if (status === 200) this.redeemed.push(code)
    }
    this.attempted++
    if ((await this.#ask(app, 'count')) === 200) this.counted++
    if ((await this.#ask(app, 'revoke', `jti-${turn}`)) === 200) this.revoked.push(`jti-${turn}`)
    const victim = this.revoked[turn % Math.max(1, this.revoked.length)]
    if (victim !== undefined) await this.#ask(app, 'read', '', victim)
  }

  async #ask(app: App, deed: string, id?: string, jti?: string): Promise<number> {
    const status = await app.ask(deed, id, jti)
    const answer = `${jti === undefined ? deed : 'knock'} ${status}`
    this.answers[answer] = (this.answers[answer] ?? 0) + 1
    return status
  }
}

/** What was acknowledged and is not there. */
async function lossesIn(store: Store, ledger: Ledger): Promise<string[]> {
  const listed = await store.listOwned('notes', 'alice', { limit: 10_000 })
  const notes = new Set(listed.map(({ id }) => id))
  const lost = ledger.notes.filter((id) => !notes.has(id)).map((id) => `note ${id}`)
  for (const id of ledger.redeemed) {
    if (await store.get({ partition: 'codes', id })) lost.push(`${id} is there, and was redeemed`)
  }
  const count = await store.increment({ partition: 'counts', id: 'all' }, 0, { ttl: 1000 })
  if (count < ledger.counted || count > ledger.attempted) lost.push(`counted ${count}, not ${ledger.counted}`)
  return lost
}

const WELL = /^((read|note|issue|count|revoke) 200|redeem (200|409)|knock 401)$/
const FAULTY = /^(read (200|503)|(note|issue|count|revoke) (200|503)|redeem (200|409|503)|knock (401|503))$/

const odd = (answers: object, pattern: RegExp): string[] => Object.keys(answers).filter((one) => !pattern.test(one))

/** Answers how long it took, in milliseconds. */
async function untilWell(app: App, ledger: Ledger = new Ledger()): Promise<number> {
  const start = performance.now()
  await until('all is well', async () => odd(await ledger.traffic(app, 1), WELL).length === 0)
  return performance.now() - start
}

describe('a disk that is full', () => {
  it('refuses what would be written, goes on to refuse who was revoked, and loses nothing', async () => {
    const disk = await smallDisk()
    onTestFinished(disk.stop)
    const app = await startApp(join(disk.folder, 'store.db'), disk.command)
    await untilWell(app)
    const ledger = new Ledger()
    expect(odd(await ledger.traffic(app, 20), WELL)).toEqual([])
    const { memory } = await app.report()

    disk.fill(app.process)
    const during = await ledger.traffic(app, 40)
    expect(odd(during, FAULTY)).toEqual([])
    expect(during).toMatchObject({ 'note 503': expect.any(Number), 'revoke 503': expect.any(Number) })
    // To read takes no room: the list of revocations stays current.
    expect(during['read 200']).toBe(160)
    expect(during['knock 401']).toBe(160)

    disk.free(app.process)
    expect(await untilWell(app, ledger)).toBeLessThan(1000)
    expect(odd(await ledger.traffic(app, 10), WELL)).toEqual([])
    expect(new Set(ledger.redeemed).size).toBe(ledger.redeemed.length)
    expect(app.late).toEqual([])
    // Well again is told by the first answer after a while without a failure: at the latest by the next poll.
    await until(
      'the store is told to be well',
      async () => (await app.report()).health.at(-1)?.endsWith('true') === true,
    )
    const report = await app.report()
    expect(report.strays).toEqual([])
    expect(report.memory - memory).toBeLessThan(100_000_000)
    // Told once per change, and in the end all is well.
    expect(report.health.filter((one) => one.startsWith('store'))).toEqual(
      report.health.filter((one) => one.startsWith('store')).map((_, i) => `store ${i % 2 === 1}`),
    )
    expect(report.health.at(-1)).toMatch(/true$/)

    await app.kill()
    const copy = mkdtempSync(join(tmpdir(), 'sallyport-copy-'))
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
    for (const name of readdirSync(disk.outside).filter((one) => one.startsWith('store.db'))) {
      cpSync(join(disk.outside, name), join(copy, name))
    }
    const store = createSqliteStore({ path: join(copy, 'store.db') })
    onTestFinished(() => store.close())
    expect(await lossesIn(store, ledger)).toEqual([])
    const again = await startApp(join(copy, 'store.db'))
    await untilWell(again)
    for (const jti of ledger.revoked) expect(await again.ask('read', '', jti), jti).toBe(401)
  })
})

describe('a file that is read-only', () => {
  it('lets nobody in, for nobody could be revoked, and all is well once it can be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-read-only-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    // Permissions do not bind root.
    const isRoot = process.getuid?.() === 0
    const user = isRoot ? { uid: 65_534, gid: 65_534 } : {}
    if (isRoot) chownSync(folder, 65_534, 65_534)
    const path = join(folder, 'store.db')
    const first = await startApp(path, undefined, user)
    await untilWell(first)
    const ledger = new Ledger()
    expect(odd(await ledger.traffic(first, 5), WELL)).toEqual([])
    await first.kill()

    const files = readdirSync(folder).map((name) => join(folder, name))
    for (const file of files) chmodSync(file, 0o400)
    chmodSync(folder, 0o500)
    const app = await startApp(path, undefined, user)
    expect(odd(await ledger.traffic(app, 20), /^[a-z]+ 503$/)).toEqual([])

    chmodSync(folder, 0o700)
    for (const file of files) chmodSync(file, 0o600)
    expect(await untilWell(app, ledger)).toBeLessThan(1000)
    expect(odd(await ledger.traffic(app, 5), WELL)).toEqual([])
    for (const jti of ledger.revoked) expect(await app.ask('read', '', jti), jti).toBe(401)
    expect(app.late).toEqual([])
    expect((await app.report()).strays).toEqual([])
    await app.kill()
    const store = createSqliteStore({ path })
    onTestFinished(() => store.close())
    expect(await lossesIn(store, ledger)).toEqual([])
  })
})
