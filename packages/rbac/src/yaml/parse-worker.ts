import { parentPort, workerData } from 'node:worker_threads'
import type { Parsed } from './parse-aside.ts'
import { parseYaml } from './parse-yaml.ts'

// Runs in a thread of its own.
const { text, name } = workerData as { readonly text: string; readonly name: string }

function parsed(): Parsed {
  try {
    return { json: JSON.stringify(parseYaml(text, name), finite) }
  } catch (thrown) {
    return { refused: (thrown as Error).message }
  }
}

/** JSON would make `null` of `.nan`, and `null` asks something else. */
function finite(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`${name}: .nan and .inf are no values of a policy`)
  return value
}

// It goes to the thread that started this one; a window would need a target.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(parsed())
