import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { read, root } from '../architecture/repository.ts'
import { documents, packages, readmeOf } from './documents.ts'
import { nameIn, tablesOf } from './markdown.ts'

interface Spec {
  readonly status: number
  readonly title: string
}

type Specs = Readonly<Record<string, Spec>>

/** The closed tables that a package's errors.ts exports, its own and those of its subpaths. */
async function errorsOf(folder: string): Promise<Specs> {
  const { files } = packages.find((one) => one.folder === folder)!
  const paths = files.flatMap((path) => /^src\/((?:[\w-]+\/)?errors)\.ts$/.exec(path)?.[1] ?? [])
  const tables = await Promise.all(paths.map((path) => tableIn(folder, path)))
  const all: Specs = Object.assign({}, ...tables) as Specs
  expect(Object.keys(all)).toHaveLength(tables.reduce((sum, one) => sum + Object.keys(one).length, 0))
  return all
}

async function tableIn(folder: string, path: string): Promise<Specs> {
  const url = pathToFileURL(join(root, 'packages', folder, `dist/${path}.js`)).href
  const exported = Object.values((await import(url)) as Record<string, unknown>)
  const tables = exported.filter(
    (value): value is Specs =>
      typeof value === 'object' && value !== null && Object.keys(value).every((key) => key.startsWith('ERR_')),
  )
  expect(tables).toHaveLength(1)
  return tables[0]!
}

const withErrors = packages
  .filter(({ files }) => files.includes('src/errors.ts'))
  .map(({ folder }) => [folder] as const)

const sources = packages.flatMap(({ folder, files }) =>
  files
    .filter((path) => /^src\/.*\.ts$/.test(path))
    .map((path) => ({ path: `packages/${folder}/${path}`, text: read(`packages/${folder}/${path}`) })),
)

describe.each(withErrors)('error codes of packages/%s', (folder) => {
  it('are the same in the README and in the code', async () => {
    const { path, text } = readmeOf(folder)
    const documented = tablesOf(path, text)
      .filter(({ header }) => header[0] === 'code')
      .flatMap(({ header, rows }) =>
        rows.map((row) => [nameIn(row[0]!), Number(nameIn(row[header.indexOf('status')] ?? ''))]),
      )
    const declared = Object.entries(await errorsOf(folder)).map(([code, { status }]) => [code, status])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(declared))
    expect(documented).toHaveLength(declared.length)
  })

  it('are all used', async () => {
    const used = sources.filter(({ path }) => !path.endsWith('/errors.ts'))
    const unused = Object.keys(await errorsOf(folder)).filter(
      (code) => !used.some(({ text }) => text.includes(`'${code}'`)),
    )
    expect(unused).toEqual([])
  })

  it('tell a stranger one sentence, with a status that is an error', async () => {
    for (const [code, { status, title }] of Object.entries(await errorsOf(folder))) {
      expect(status, code).toBeGreaterThanOrEqual(400)
      expect(status, code).toBeLessThan(600)
      expect(title, code).toMatch(/^[A-Z][^.\n]+$/)
    }
  })
})

describe('error codes anywhere', () => {
  it('exist', async () => {
    const known = new Set<string>()
    for (const [folder] of withErrors) for (const code of Object.keys(await errorsOf(folder))) known.add(code)
    // CONTRIBUTING shows how a package makes its own.
    const texts = [...documents.filter(({ path }) => path !== 'CONTRIBUTING.md'), ...sources]
    const unknown = texts.flatMap(({ path, text }) =>
      [...text.matchAll(/\bERR_[A-Z0-9_]*[A-Z0-9]\b/g)]
        .map(([code]) => code)
        .filter((code) => !known.has(code) && !NODES.test(code))
        .map((code) => `${path}: ${code}`),
    )
    expect(unknown).toEqual([])
  })
})

/** Codes of Node and of jose that sources compare with. */
const NODES = /^ERR_(MODULE|HTTP|STREAM|INVALID|SOCKET|JOSE|JWS|JWT_CLAIM|JWKS_NO|JWKS_MULTIPLE|JWKS_TIMEOUT)_/
