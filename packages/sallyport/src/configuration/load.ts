import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { coreError, type Environment } from '@sallyport/core'
import type { SallyportOptions } from '../preset/options.ts'
import type { Sallyport } from '../preset/result.ts'
import { sallyport } from '../preset/sallyport.ts'
import { readData } from '../read-data.ts'
import { connect } from './connect.ts'
import { validateConfiguration } from './validate.ts'
import { readVariables, type Variables } from './variables.ts'

/** Where the configuration is taken from. */
export interface LoadOptions<Options extends SallyportOptions = SallyportOptions> {
  /** Options that go before those of the file. @default {} */
  readonly options?: Options
  /** A file with options: JSON, or a module whose default export they are; `false` for none. @default `sallyport.config.*` in the working directory, if it is there */
  readonly file?: string | false
  /** @default process.env */
  readonly variables?: Variables
}

const FILES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `sallyport.config.${extension}`)

/**
 * `sallyport()` with options from a file, and servers and secrets from environment variables: `REDIS_URL`, `DATABASE_URL`, `JWT_SECRET_KEY`,
 * `ENCRYPTION_KEY`, `GEOIP_DATABASE_PATH`, `SECURITY_RATE_LIMIT_ENABLED`, `SECURITY_AUDIT_LOG_ENABLED`. All of it is checked before anything is
 * connected.
 *
 * ```ts
 * const guard = await loadSallyport({ options: { jwt: { issuer, audience } } })
 * ```
 * @throws SecurityError ERR_OPTION that names every mistake; what the libraries throw where a server cannot be reached
 */
export async function loadSallyport<const Options extends SallyportOptions = object>({
  options,
  file,
  variables = process.env,
}: LoadOptions<Options> = {}): Promise<Sallyport<Options>> {
  const given: SallyportOptions = { ...(await fromFile(file)), ...options }
  const { settings, errors } = readVariables(variables)
  if (errors.length > 0) refuse(errors.map(({ message }) => message))
  const connected = await connect(settings, given)
  try {
    const { isValid, errors: wrong } = validateConfiguration(connected.options)
    if (!isValid) refuse(wrong.map(({ message }) => message))
    const guard = sallyport(connected.options)
    await settled(guard.env)
    // Last of all: what the parts still write when they end goes through these connections.
    const close = async (): Promise<void> => {
      try {
        await guard.env.close()
      } finally {
        await connected.close()
      }
    }
    return Object.assign(guard, { close }) as unknown as Sallyport<Options>
  } catch (thrown) {
    await connected.close()
    throw thrown
  }
}

/** How long a store may take to answer for the first time, in milliseconds. */
const PATIENCE = 5000

/** Waits until the store has answered, so that the first requests find it ready. Where it does not, they are answered 503 until it does. */
async function settled({ clock, revocations }: Environment): Promise<void> {
  const end = clock.now() + PATIENCE
  while (clock.now() < end) {
    try {
      return await revocations.ready()
    } catch {
      await new Promise<void>((resolve) => void clock.after(100, resolve))
    }
  }
}

async function fromFile(file: string | false | undefined): Promise<SallyportOptions> {
  const path = file ?? FILES.map((name) => resolve(name)).find((one) => existsSync(one)) ?? false
  if (path === false) return {}
  const options = await readData(path, 'default')
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options as SallyportOptions
  throw coreError('ERR_OPTION', { message: `loadSallyport: ${path} does not hold an object of options` })
}

function refuse(messages: readonly string[]): never {
  throw coreError('ERR_OPTION', {
    message: `The configuration cannot be used:\n${messages.map((one) => `- ${one}`).join('\n')}`,
  })
}
