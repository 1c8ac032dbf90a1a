import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PostgresStoreOptions } from '@sallyport/store-postgres'
import { onTestFinished } from 'vitest'

/** A call of a method of the store, or of `migrate`. */
export type Call = readonly [method: string, ...given: unknown[]]

/** What became of a call. */
export interface Outcome {
  readonly answer?: unknown
  readonly failure?: string
}

/** Another process with a store. */
export interface StoreProcess {
  readonly pid: number
  /** Begins all calls at once. */
  run(calls: readonly Call[]): Promise<readonly Outcome[]>
}

/** Starts a process that ends with the test. */
export async function storeProcess(
  url: string,
  options: Partial<PostgresStoreOptions>,
  max = 2,
): Promise<StoreProcess> {
  const child = fork(fileURLToPath(new URL('store-child.mjs', import.meta.url)), {
    // Bytes go over as bytes.
    serialization: 'advanced',
    execArgv: ['--disable-warning=SallyportWarning'],
  })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    if (child.kill('SIGKILL')) await ended
  })
  await ask({ url, max, options })
  return {
    pid: child.pid!,
    async run(calls) {
      const { outcomes } = (await ask({ calls })) as { outcomes: Outcome[] }
      return outcomes
    },
  }

  async function ask(message: object): Promise<unknown> {
    const answered = once(child, 'message')
    child.send(message)
    const [answer] = await answered
    return answer
  }
}
