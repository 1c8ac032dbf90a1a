import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLog, verifyLog } from '@sallyport/audit-logger'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../servers/index.ts'
import { slowDisk } from './slow-disk.ts'
import { smallDisk } from './sqlite-disk.ts'

interface App {
  readonly process: ChildProcess
  ask(path: string): Promise<readonly [status: number, body: string]>
  report(): Promise<{ strays: string[]; health: string[]; done: number }>
}

type Command = (program: string, args: readonly string[]) => [string, readonly string[]]

async function startApp(
  directory: string,
  command: Command = (...given) => given,
  user = {},
  options = {},
): Promise<App> {
  const program = fileURLToPath(new URL('audit-child.mjs', import.meta.url))
  const [file, args] = command(process.execPath, [program, JSON.stringify({ directory, ...options })])
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...user })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    process: child,
    async ask(path) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, await response.text()]
    },
    async report() {
      child.send('report')
      const [report] = (await once(child, 'message')) as [Awaited<ReturnType<App['report']>>]
      return report
    },
  }
}

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Words that are in the log, by their place. */
async function wordsIn(directory: string): Promise<Map<number, unknown>> {
  const words = new Map<number, unknown>()
  for await (const { index, bytes } of (await readLog({ directory })).entries(0)) {
    words.set(index, (JSON.parse(bytes.toString()) as { detail?: { word?: unknown } }).detail?.word)
  }
  return words
}

async function recordMany(app: App, prefix: string, acknowledged: Map<number, string>, most = Infinity): Promise<void> {
  for (let i = 0; i < most; i++) {
    const [status, index] = await app.ask(`/record?word=${prefix}-${i}`)
    if (status !== 200) return expect(status).toBe(503)
    acknowledged.set(Number(index), `${prefix}-${i}`)
  }
}

/** How many records there are of what nobody waited for. */
async function looksIn(directory: string): Promise<number> {
  let looks = 0
  for await (const { bytes } of (await readLog({ directory })).entries(0)) if (bytes.includes('"data.read"')) looks++
  return looks
}

describe('a disk that is full', () => {
  it(
    'refuses what must be recorded, loses nothing, and is used again when there is room',
    { timeout: 60_000 },
    async () => {
      const disk = await smallDisk()
      onTestFinished(() => disk.stop())
      const app = await startApp(join(disk.folder, 'log'), disk.command)
      const acknowledged = new Map<number, string>()
      await recordMany(app, 'before', acknowledged, 20)
      expect(await app.ask('/pay')).toEqual([200, '1'])

      disk.fill(app.process)
      await recordMany(app, 'full', acknowledged)
      // A small record may still have room where a large one has none.
      let paid = 1
      let [status, body] = await app.ask('/pay')
      for (; status === 200; [status, body] = await app.ask('/pay')) paid = Number(body)
      expect(status).toBe(503)
      expect(body).not.toMatch(/ENOSPC|EFBIG|\/tmp/)
      const { done } = await app.report()
      // The handler may have run where the intent still had room and the outcome had none: the intent is the evidence.
      expect(done - paid).toBeLessThanOrEqual(1)
      expect((await app.ask('/look'))[0]).toBe(200)

      disk.free(app.process)
      await until('it records again', async () => (await app.ask('/pay'))[0] === 200)
      await recordMany(app, 'after', acknowledged, 20)
      const { health, strays } = await app.report()
      expect([health[0], health.at(-1)]).toEqual(['audit-log false', 'audit-log true'])
      expect(strays).toEqual([])

      const copy = join(tempFolder(), 'log')
      const ended = once(app.process, 'exit')
      app.process.kill('SIGKILL')
      await ended
      cpSync(join(disk.outside, 'log'), copy, { recursive: true })
      const words = await wordsIn(copy)
      for (const [index, word] of acknowledged) expect(words.get(index)).toBe(word)
      const { problems } = await verifyLog({ directory: copy })
      expect(problems).toEqual([])
      // What nobody waited for was held meanwhile, and is there, too.
      expect(await looksIn(copy)).toBe(1)
    },
  )
})

describe('a disk that is slow', () => {
  it(
    'makes nobody wait for longer than the deadline, and loses nothing that was acknowledged',
    { timeout: 300_000 },
    async () => {
      const directory = join(tempFolder(), 'log')
      const app = await startApp(directory, undefined, {}, { deadline: 1500 })
      const acknowledged = new Map<number, string>()
      await until('it records', async () => (await app.ask('/pay'))[0] === 200)
      await recordMany(app, 'before', acknowledged, 5)
      const { done: before } = await app.report()

      const disk = await slowDisk(app.process.pid!, 6000)
      expect((await app.ask('/pay'))[0]).toBe(503)
      // Who comes while it is known that nothing moves is refused at once, and who need not wait does not.
      expect((await app.ask('/pay'))[0]).toBe(503)
      expect((await app.ask('/look'))[0]).toBe(200)
      await recordMany(app, 'slow', acknowledged)
      const { done } = await app.report()
      expect(done).toBe(before)

      await disk.stop()
      await until('it records again', async () => (await app.ask('/pay'))[0] === 200)
      await recordMany(app, 'after', acknowledged, 5)
      const { health, strays } = await app.report()
      expect([health.includes('audit-log false'), health.at(-1), strays]).toEqual([true, 'audit-log true', []])
      const words = await wordsIn(directory)
      for (const [index, word] of acknowledged) expect(words.get(index)).toBe(word)
      expect(await looksIn(directory)).toBe(1)
    },
  )

  it(
    'when more is recorded than it takes, what is left out is counted and recorded',
    { timeout: 300_000 },
    async () => {
      const directory = join(tempFolder(), 'log')
      const app = await startApp(directory, undefined, {}, { maxWaiting: 50, deadline: 60_000 })
      expect((await app.ask('/pay'))[0]).toBe(200)
      const disk = await slowDisk(app.process.pid!, 6000)
      for (let i = 0; i < 5; i++) expect((await app.ask('/look-often?times=100'))[0]).toBe(200)
      // Back-pressure for who waits.
      expect((await app.ask('/record?word=refused'))[0]).toBe(503)
      await disk.stop()
      await until('it records again', async () => (await app.ask('/pay'))[0] === 200)
      const counted = async (): Promise<[taken: number, left: number]> => {
        let [taken, left] = [0, 0]
        for await (const { bytes } of (await readLog({ directory })).entries(0)) {
          const { type, detail } = JSON.parse(bytes.toString()) as { type: string; detail?: { count?: number } }
          if (type === 'authn.accepted') taken++
          if (type === 'audit.gap') left += detail!.count!
        }
        return [taken, left]
      }
      await until('all are there, or counted', async () => {
        const [taken, left] = await counted()
        return taken + left >= 500
      })
      const [taken, left] = await counted()
      expect(taken).toBeGreaterThanOrEqual(50)
      expect(left).toBeGreaterThan(0)
      // What the log says of its own state may be among what was left out.
      expect(taken + left).toBeLessThanOrEqual(510)
      expect((await app.report()).strays).toEqual([])
    },
  )
})

describe('a folder that may only be read', () => {
  it('refuses with 503 from the start, and records as soon as it may', { timeout: 60_000 }, async () => {
    const folder = tempFolder()
    // Root may write anywhere.
    const nobody = 65_534
    const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
    if (process.getuid?.() === 0) chownSync(folder, nobody, nobody)
    chmodSync(folder, 0o500)
    const app = await startApp(join(folder, 'log'), undefined, user)
    expect((await app.ask('/pay'))[0]).toBe(503)
    expect((await app.ask('/look'))[0]).toBe(200)
    chmodSync(folder, 0o700)
    await until('it records again', async () => (await app.ask('/pay'))[0] === 200)
    const { done, strays } = await app.report()
    expect([done, strays]).toEqual([1, []])
  })
})

describe('a log that is taken away', () => {
  it('is not written to any more, and that is said', async () => {
    const folder = tempFolder()
    const app = await startApp(join(folder, 'log'))
    expect((await app.ask('/pay'))[0]).toBe(200)
    renameSync(join(folder, 'log'), join(folder, 'moved'))
    expect((await app.ask('/pay'))[0]).toBe(503)
    renameSync(join(folder, 'moved'), join(folder, 'log'))
    await until('it records again', async () => (await app.ask('/pay'))[0] === 200)
    expect((await verifyLog({ directory: join(folder, 'log') })).problems).toEqual([])
  })
})
