import { Worker } from 'node:worker_threads'
import { coreError } from '@sallyport/core'
import { parseYaml } from './parse-yaml.ts'

/** A text of this length is parsed within a few milliseconds. */
const SMALL = 16 * 1024

/** What the worker answers: the policy as JSON, which is read fast, or the refusal's message. */
export type Parsed = { readonly json: string } | { readonly refused: string }

/** Parses a large text in a thread of its own, so that requests are served meanwhile. */
export async function parseYamlAside(text: string, name: string): Promise<unknown> {
  if (text.length <= SMALL) return parseYaml(text, name)
  const worker = new Worker(new URL('parse-worker.js', import.meta.url), { workerData: { text, name } })
  try {
    const parsed = await new Promise<Parsed>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('the thread ended')))
    })
    if ('refused' in parsed) throw coreError('ERR_OPTION', { message: parsed.refused })
    return JSON.parse(parsed.json)
  } finally {
    await worker.terminate()
  }
}
