import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import {
  acceptNumber,
  checkOptions,
  optionError,
  originOf,
  type Cancel,
  type Clock,
  type OptionRules,
} from '@sallyport/core'
import { rbacError } from '../errors.ts'
import type { PolicyReading, PolicySource } from '../source.ts'

/** Options of `jsonFile` and `yamlFile`. */
export interface FileOptions {
  /**
   * How often the file is looked at, in milliseconds; read and compared whole, so that links that are exchanged count too.
   * @default never: `access.reload()` reads it
   */
  readonly pollInterval?: number
}

/** How a kind of file is read. */
export interface FileFormat {
  /** Name of the function that makes the source. */
  readonly factory: string
  /** @throws SecurityError ERR_OPTION */
  parse(text: string, name: string): unknown
  /** For texts that would hold up the event loop. */
  parseAside?(text: string, name: string): unknown
}

/** Most bytes of a policy. */
const LARGEST = 16 * 1024 * 1024

const rules: OptionRules<FileOptions> = { pollInterval: acceptNumber('milliseconds', 100, 86_400_000) }

/** @throws SecurityError ERR_OPTION */
export function fileSource(format: FileFormat, path: string | URL, options: FileOptions): PolicySource {
  const { factory } = format
  if (!(path instanceof URL) && (typeof path !== 'string' || path === '')) {
    throw optionError(factory, 'path', path, { accepts: 'the path of a file, or its URL' })
  }
  checkOptions<FileOptions>(factory, options, rules)
  const name = String(path)
  const { pollInterval } = options

  return {
    name,
    readNow() {
      let bytes: Buffer
      try {
        bytes = readFileSync(path)
      } catch (thrown) {
        throw unreadable(name, thrown)
      }
      return readingOf(bytes, (text) => format.parse(text, name))
    },
    async read() {
      let bytes: Buffer
      try {
        bytes = await readFile(path)
      } catch (thrown) {
        throw unreadable(name, thrown)
      }
      return readingOf(bytes, (text) => (format.parseAside ?? format.parse)(text, name))
    },
    ...(pollInterval !== undefined && {
      watch: (environment, changed) => every(environment.clock, pollInterval, changed),
    }),
  }

  function readingOf(bytes: Buffer, parse: (text: string) => unknown): PolicyReading {
    if (bytes.length > LARGEST)
      throw optionError('rbac: policy', name, bytes.length, { accepts: `a file of at most ${LARGEST} bytes` })
    return { mark: createHash('sha256').update(bytes).digest('hex'), document: () => parse(bytes.toString('utf8')) }
  }
}

/** Does something again and again. */
export function every(clock: Clock, interval: number, task: () => void): Cancel {
  let cancel: Cancel
  const plan = (): void => {
    cancel = clock.after(interval, () => {
      plan()
      task()
    })
  }
  plan()
  return () => cancel()
}

function unreadable(name: string, thrown: unknown): Error {
  const origin = originOf(thrown)
  return rbacError('ERR_RBAC_POLICY_UNAVAILABLE', {
    message: `The policy of ${name} could not be read: ${origin.code ?? origin.name}`,
    origin,
  })
}
