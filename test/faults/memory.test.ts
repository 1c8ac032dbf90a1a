import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { TestServer } from '../servers/index.ts'
import { postgres, redis, type Backend } from './backends.ts'

/** What the child says after a batch of requests. */
interface Batch {
  readonly answers: Readonly<Record<string, number>>
  /** Bytes that live after a collection, within and without V8's heap. */
  readonly heap: number
  readonly external: number
}

const REQUESTS = 600

/** Enough to see that all is well. */
const FEW = 200

/**
 * Bytes for each request that may be left: a call that were held on to, with its promise and its timer, would be several times that. The engine takes
 * some for code that it has not run before, and is through with that after so many batches.
 */
const PER_REQUEST = 100
const BATCHES = 20
const FEWEST = 5

function startChild({ name }: Backend, port: number): ChildProcess {
  const child = fork(fileURLToPath(new URL('outage-child.mjs', import.meta.url)), [name, String(port)], {
    execArgv: ['--expose-gc', '--disable-warning=SallyportWarning'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function batch(child: ChildProcess, requests = REQUESTS): Promise<Batch> {
  child.send({ requests })
  // An exception or rejection that nobody catches ends it.
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The app has ended (${String(code)})`)
  })
  const [said] = (await Promise.race([once(child, 'message'), ended])) as [Batch]
  return said
}

/** After how many batches that are all refused two of them leave nothing behind. */
async function batchesUntilFlat(child: ChildProcess): Promise<number> {
  const sizes: number[] = []
  while (sizes.length < BATCHES) {
    const { answers, heap, external } = await batch(child)
    expect(answers).toEqual({ 503: REQUESTS })
    sizes.push(heap + external)
    const before = sizes.at(-3) ?? -Infinity
    if (sizes.length >= FEWEST && sizes.at(-1)! - before < 2 * REQUESTS * PER_REQUEST) break
  }
  return sizes.length
}

/** How a server is gone, so that calls hang or that they fail, and how it comes back. */
const outages: readonly { begin(server: TestServer): unknown; end(server: TestServer): unknown }[] = [
  { begin: (server) => server.pause(), end: (server) => server.resume() },
  { begin: (server) => server.kill(), end: (server) => server.restart() },
]

it.each([redis, postgres].map((backend) => [backend.name, backend] as const))(
  'memory stays flat while %s is stopped or dead and thousands of requests come',
  { timeout: 120_000 },
  async (_, backend) => {
    const server = await backend.start({ persist: true })
    onTestFinished(() => server.stop())
    const child = startChild(backend, server.port)
    await once(child, 'message')
    for (const { begin, end } of outages) {
      // Connections are opened and plans are made.
      await batch(child, FEW)
      expect((await batch(child, FEW)).answers).toEqual({ 200: FEW })
      await begin(server)
      expect(await batchesUntilFlat(child)).toBeLessThan(BATCHES)
      await end(server)
      await new Promise((resolve) => void setTimeout(resolve, 1000))
    }
    await batch(child, FEW)
    expect((await batch(child, FEW)).answers).toEqual({ 200: FEW })
  },
)
