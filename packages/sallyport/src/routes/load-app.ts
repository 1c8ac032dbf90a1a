import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { UsageError } from '../command.ts'
import { importFile } from '../import-file.ts'
import { stackOf } from './readers/express.ts'
import { watchFastify } from './readers/fastify.ts'
import { watchMounts } from './readers/mounted-apps.ts'

/** What a module exports, and how the libraries that it uses are found. */
export interface LoadedApp {
  readonly app: unknown
  readonly fromApp: ReturnType<typeof createRequire>
}

/**
 * Loads an app from the module that exports it: by name, else `default`, `app`, or the only export that is one. A function that is no app is
 * called, and gives it.
 * @throws UsageError where there is none
 */
export async function loadApp(
  file: string,
  name: string | undefined,
  isApp: (value: unknown) => boolean,
): Promise<LoadedApp> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  const fromApp = createRequire(path)
  watchMounts(fromApp, stackOf)
  watchFastify()
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await importFile(pathToFileURL(path))
  } catch (thrown) {
    throw new UsageError(`${file} could not be loaded: ${String(thrown)}`)
  }
  const found = name === undefined ? await search(exported, isApp, file) : await appOf([exported[name]], isApp)
  if (found !== undefined) return { app: found.value, fromApp }
  const names = Object.keys(exported).join(', ') || 'nothing'
  throw new UsageError(
    `${file} exports no app of Express, Koa, Fastify, Hono or Nest${name === undefined ? '' : ` as '${name}'`}; it exports ${names}`,
  )
}

/** `default` and `app` come first; of several others none is guessed, because the wrong one would be found to be in order. */
async function search(
  exported: Readonly<Record<string, unknown>>,
  isApp: (value: unknown) => boolean,
  file: string,
): Promise<Settled | undefined> {
  const { default: main, app } = exported
  // A CommonJS module may have a default export of its own.
  const inner = (main as { default?: unknown } | undefined)?.default
  const named = await appOf([main, inner, app], isApp)
  if (named) return named
  const values = await Promise.all(Object.values(exported).map(settled))
  const apps = new Set(values.map(({ value }) => value).filter(isApp))
  if (apps.size > 1) throw new UsageError(`${file} exports ${apps.size} apps: name one by --export`)
  return apps.size === 1 ? { value: [...apps][0] } : made(values, isApp)
}

async function appOf(candidates: readonly unknown[], isApp: (value: unknown) => boolean): Promise<Settled | undefined> {
  const values = await Promise.all(candidates.map(settled))
  return values.find(({ value }) => isApp(value)) ?? made(values, isApp)
}

/** In an object: an app of Fastify is a thenable, which gives another object to whoever awaits it. */
interface Settled {
  readonly value: unknown
}

async function settled(value: unknown): Promise<Settled> {
  return { value: types.isPromise(value) ? await value : value }
}

async function made(values: readonly Settled[], isApp: (value: unknown) => boolean): Promise<Settled | undefined> {
  for (const { value } of values) {
    if (typeof value !== 'function' || /^class\b/.test(Function.prototype.toString.call(value))) continue
    const result = await settled((value as () => unknown)())
    if (isApp(result.value)) return result
  }
  return undefined
}
