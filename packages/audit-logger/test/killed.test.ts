import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { verifyLog } from '@sallyport/audit-logger'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codeOf, environment, recordsOf, scene, segmentsIn, tempFolder } from './support.ts'

/** How often a process is killed: `KILLS=200 vitest run packages/audit-logger/test/killed.test.ts` is the long form. */
const KILLS = Number(process.env['KILLS'] ?? 5)

interface Other {
  readonly process: ChildProcess
  said(): string
  ask<Answer>(message: object): Promise<Answer>
}

async function startOther(directory: string): Promise<Other> {
  const program = fileURLToPath(new URL('other-process.mjs', import.meta.url))
  const child = fork(program, [JSON.stringify({ directory })], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(child, 'message')
  return {
    process: child,
    said: () => said,
    async ask<Answer>(message: object) {
      child.send(message)
      const [answer] = (await once(child, 'message')) as [Answer]
      return answer
    },
  }
}

async function killed(other: Other): Promise<Map<number, string>> {
  const closed = once(other.process, 'close')
  other.process.kill('SIGKILL')
  await closed
  // The last line may be half a line.
  const lines = other.said().split('\n').slice(0, -1)
  return new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1]!]))
}

describe('a process that is killed while it records', () => {
  it(
    `has lost nothing that it acknowledged, ${KILLS} times, and the log verifies`,
    { timeout: 60_000 + KILLS * 5000 },
    async () => {
      const directory = join(tempFolder(), 'log')
      const acknowledged = new Map<number, string>()
      let cuts = 0
      for (let life = 0; life < KILLS; life++) {
        const other = await startOther(directory)
        other.process.send({ stream: `life${life}` })
        while (other.said().length === 0) await sleep(1)
        await sleep(Math.random() * 60)
        for (const [index, word] of await killed(other)) {
          expect(acknowledged.has(index)).toBe(false)
          acknowledged.set(index, word)
        }
        const { audit, env, source } = scene({ directory })
        await audit.record({ type: 'data.read', detail: { word: 'after' } })
        await audit.flush()
        const words = new Map(
          (await recordsOf(await source())).map(({ index, detail, type }) => [
            index,
            type === 'audit.recovered' ? 'recovered' : detail?.['word'],
          ]),
        )
        cuts = [...words.values()].filter((word) => word === 'recovered').length
        for (const [index, word] of acknowledged) expect(words.get(index)).toBe(word)
        await env.close()
        const report = await verifyLog({ directory })
        expect(report.problems).toEqual([])
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS)
      if (KILLS >= 100) process.stderr.write(`${KILLS} kills, ${acknowledged.size} acknowledged, ${cuts} torn ends\n`)
    },
  )

  it('leaves no lock behind, and its torn end is cut, reported and recorded', async () => {
    const directory = join(tempFolder(), 'log')
    const other = await startOther(directory)
    expect(await other.ask({ record: 'first' })).toEqual({ index: 0 })
    await killed(other)
    expect(existsSync(join(directory, 'lock'))).toBe(true)
    appendFileSync(segmentsIn(directory)[0]!, '{"detail":{"word":"half')
    expect((await verifyLog({ directory })).problems.map(({ kind }) => kind)).toEqual(['torn'])

    const { audit, env, records } = scene({ directory })
    await audit.record({ type: 'data.read', detail: { word: 'second' } })
    const all = await records()
    expect(all.map(({ type }) => type)).toEqual(['data.read', 'data.read', 'audit.recovered'])
    expect(all[2]!.detail).toMatchObject({ bytes: 23, segment: '0000000000000000.log' })
    await env.close()
    expect((await verifyLog({ directory })).problems).toEqual([])
  })

  it('may have left zeroes where the disk had no time for the bytes', async () => {
    const directory = join(tempFolder(), 'log')
    const first = scene({ directory })
    await first.audit.record({ type: 'data.read' })
    await first.env.close()
    appendFileSync(segmentsIn(directory)[0]!, Buffer.alloc(4096))
    const { audit } = scene({ directory })
    expect(await audit.record({ type: 'data.read' })).toEqual({ index: 2, durable: true })
  })
})

describe('two writers', () => {
  it('are one too many: the second is refused and says who has the log', async () => {
    const directory = join(tempFolder(), 'log')
    const other = await startOther(directory)
    await other.ask({ record: 'first' })
    const { audit } = scene({ directory })
    const refused = await audit
      .record({ type: 'data.read' })
      .catch((thrown: unknown) => thrown as { code: string; message: string })
    expect(refused).toMatchObject({
      code: 'ERR_AUDIT_LOCKED',
      message: expect.stringContaining(`process ${other.process.pid} on`),
    })
    const ended = once(other.process, 'exit')
    other.process.send({ close: true })
    await ended
    expect(await codeOf(audit.record({ type: 'data.read' }))).toBe('accepted')
  })

  it('are told from a process of the same number that is another one', async () => {
    const { audit, directory, env } = scene()
    await audit.record({ type: 'data.read' })
    const lock = join(directory, 'lock')
    const holder = JSON.parse(readFileSync(lock, 'utf8')) as Record<string, unknown>
    await env.close()
    writeFileSync(lock, JSON.stringify({ ...holder, start: '1', mark: 'other' }))
    expect(await codeOf(scene({ directory }).audit.record({ type: 'data.read' }))).toBe('accepted')
  })

  it('do not both write when a person removes the lock', async () => {
    const first = scene()
    await first.audit.record({ type: 'data.read' })
    const lock = join(first.directory, 'lock')
    writeFileSync(lock, JSON.stringify({ ...(JSON.parse(readFileSync(lock, 'utf8')) as object), mark: 'other' }))
    expect(await codeOf(first.audit.record({ type: 'data.read' }))).toBe('ERR_AUDIT_LOCKED')
  })
})

it('a clock that jumps back stops nothing and loses nothing', async () => {
  let jumped = false
  const env = environment({ clock: { now: () => (jumped ? 0 : 1_800_000_000_000), after: () => () => undefined } })
  const { audit, records } = scene({ env })
  await audit.record({ type: 'data.read' })
  jumped = true
  await audit.record({ type: 'data.read' })
  expect((await records()).map(({ time }) => time)).toEqual(['2027-01-15T08:00:00.000Z', '1970-01-01T00:00:00.000Z'])
  await audit.checkpoint()
})
