import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('.', import.meta.url))

// A newer Node can do without its SQLite too.
const [major = 0] = process.versions.node.split('.').map(Number)
const flags = major < 22 ? [] : ['--no-experimental-sqlite']

const program = `
  import { createSqliteStore } from '@sallyport/store-sqlite'
  try {
    createSqliteStore({ path: 'never-made.db' })
  } catch ({ name, status, code, message }) {
    console.log(JSON.stringify({ name, status, code, message }))
  }
`

describe('on a Node without node:sqlite', () => {
  it('the package can be imported, and making a store says which Node it takes', async () => {
    const args = [...flags, '--input-type=module', '--eval', program]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd })
    expect(JSON.parse(stdout)).toEqual({
      name: 'SecurityError',
      status: 500,
      code: 'ERR_OPTION',
      message: `createSqliteStore: takes Node 22.13 or later, which has node:sqlite; this is Node ${process.versions.node}`,
    })
    expect(stderr).toBe('')
  })
})
