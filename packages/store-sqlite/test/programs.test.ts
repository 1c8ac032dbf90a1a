import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tempFolder } from './support.ts'

// From here a program finds the package by its name.
const cwd = fileURLToPath(new URL('.', import.meta.url))

/** Runs a program of a few lines; it must end by itself. */
async function run(program: string, path: string, flags: readonly string[] = ['--input-type=module']) {
  const args = [...flags, '--eval', program, path]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 20_000 })
  return { stdout, stderr }
}

/** What Node says of SQLite by itself, without process ids. */
const said = (stderr: string): string => stderr.replaceAll(/node:\d+/g, 'node')

const open = `const store = createSqliteStore({ path: process.argv[1] })`
const write = `store.commit('p', [{ put: 'k', value: new Uint8Array(1), ttl: 60_000 }])`
const esm = `import { createSqliteStore } from '@sallyport/store-sqlite'`

describe('a program with a store', () => {
  it('ends when it has nothing else to do, without closing the store, and what was acknowledged is there', async () => {
    const path = join(await tempFolder(), 'store.db')
    await run(`${esm}\n${open}\nawait ${write}\nawait store.subscribe('log', () => undefined)`, path)
    const { stdout } = await run(
      `${esm}\n${open}\nconsole.log((await store.get({ partition: 'p', id: 'k' })) !== undefined)`,
      path,
    )
    expect(stdout).toBe('true\n')
  })

  it('does not end before what it waits for is on the disk', async () => {
    const path = join(await tempFolder(), 'store.db')
    const { stdout } = await run(`${esm}\n${open}\n${write}.then(({ ok }) => console.log(ok))`, path)
    expect(stdout).toBe('true\n')
  })

  it('closes only after what it asked for is written', async () => {
    const path = join(await tempFolder(), 'store.db')
    const { stdout } = await run(
      `${esm}\n${open}
      for (let i = 0; i < 50; i++) store.increment({ partition: 'p', id: 'n' }, 1, { ttl: 60_000 }).then((n) => n === 50 && console.log(n))
      await store.close()
      console.log('closed')`,
      path,
    )
    expect(stdout).toBe('50\nclosed\n')
  })

  it('may be CommonJS', async () => {
    const path = join(await tempFolder(), 'store.db')
    const program = `const { createSqliteStore } = require('@sallyport/store-sqlite')\n${open}\n${write}.then(({ ok }) => console.log(ok))`
    expect((await run(program, path, ['--no-warnings', '--input-type=commonjs'])).stdout).toBe('true\n')
  })

  it('may be started with modules of its own, which the writing thread does without', async () => {
    const path = join(await tempFolder(), 'store.db')
    const preload = `data:text/javascript,import{isMainThread}from'node:worker_threads';console.log(isMainThread)`
    const flags = ['--import', preload, '--input-type=module']
    expect((await run(`${esm}\n${open}\nawait ${write}`, path, flags)).stdout).toBe('true\n')
  })

  it('hears what Node says of SQLite once, and not for an import alone', async () => {
    const path = join(await tempFolder(), 'store.db')
    const { stderr: bare } = await run(`process.getBuiltinModule('node:sqlite')`, path)
    expect(said((await run(`${esm}\n${open}\nawait ${write}`, path)).stderr)).toBe(said(bare))
    expect((await run(esm, path)).stderr).toBe('')
  })
})
