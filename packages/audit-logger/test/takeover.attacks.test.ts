import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifyLog } from '@sallyport/audit-logger'
import { expect, it, onTestFinished } from 'vitest'
import { codeOf, scene, tempFolder } from './support.ts'

const ROUNDS = 5
const RIVALS = 4

async function start(directory: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('other-process.mjs', import.meta.url))
  const child = fork(program, [JSON.stringify({ directory })], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

type Answer = { readonly index?: number; readonly code?: string }

async function ask(child: ChildProcess, record: string): Promise<Answer> {
  const answer = once(child, 'message')
  child.send({ record })
  return ((await answer) as [Answer])[0]
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** A log whose writer was killed. */
async function orphaned(): Promise<string> {
  const directory = join(tempFolder(), 'log')
  const writer = await start(directory)
  await ask(writer, 'first')
  await kill(writer)
  return directory
}

it(
  'of processes that take over the lock of a dead one at the same time, one wins and the others are refused',
  { timeout: 120_000 },
  async () => {
    const directory = await orphaned()
    const places = new Set<number>([0])
    for (let round = 0; round < ROUNDS; round++) {
      const rivals = await Promise.all(Array.from({ length: RIVALS }, () => start(directory)))
      const answers = await Promise.all(rivals.map((rival, i) => ask(rival, `round-${round}-${i}`)))
      const winners = rivals.filter((_, i) => answers[i]!.index !== undefined)
      expect(answers.filter(({ code }) => code === 'ERR_AUDIT_LOCKED')).toHaveLength(RIVALS - 1)
      expect(winners).toHaveLength(1)
      const place = answers.find(({ index }) => index !== undefined)!.index!
      expect(places.has(place)).toBe(false)
      places.add(place)
      // Killed, too: the next round finds its lock.
      await Promise.all(rivals.map(kill))
    }
    expect(places.size).toBe(ROUNDS + 1)
    const { audit, env } = scene({ directory })
    await audit.record({ type: 'data.read' })
    await env.close()
    expect((await verifyLog({ directory })).problems).toEqual([])
  },
)

it('a process that was killed while it took over a dead one’s lock locks nobody out', async () => {
  const directory = await orphaned()
  const lock = join(directory, 'lock')
  const { mark } = JSON.parse(readFileSync(lock, 'utf8')) as { mark: string }
  // As it lies there in that moment.
  copyFileSync(lock, `${lock}.dead-${mark}`)
  const { audit, env } = scene({ directory })
  expect(await codeOf(audit.record({ type: 'data.read' }))).toBe('accepted')
  await env.close()
  expect(existsSync(lock)).toBe(false)
  expect(readdirSync(directory).filter((name) => name.startsWith('lock'))).toEqual([])
})
