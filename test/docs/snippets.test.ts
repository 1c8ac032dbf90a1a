import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../architecture/repository.ts'
import { documents } from './documents.ts'
import { fencesOf, type Fence } from './markdown.ts'

/** Here the snippets find the packages and frameworks as an app does. */
const folder = join(root, 'test/docs/.snippets')

const snippets = documents
  .flatMap(({ path, text }) => fencesOf(path, text))
  .filter(({ info }) => /^(ts|typescript|tsx|js|javascript)\b/.test(info))
  .map((fence) => ({ ...fence, place: `${fence.path}:${fence.line}`, file: fileOf(fence) }))

const named = (list: typeof snippets) => list.map((one) => [one.place, one.file] as const)

/** As strict as the packages themselves, but for what a snippet declares and does not use. */
const compilerOptions = {
  composite: false,
  declaration: false,
  declarationMap: false,
  isolatedDeclarations: false,
  sourceMap: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  rootDir: '.',
  outDir: 'out',
}

let compiler = ''

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { file, line, code, prelude } of snippets) {
    // The code begins on its line of the document, so that the compiler's line numbers are the document's.
    const padding = '\n'.repeat(Math.max(0, line - prelude.split('\n').length))
    writeFileSync(join(folder, `${file}.ts`), `${padding}${prelude}${code}\nexport {}\n`)
  }
  writeFileSync(join(folder, 'control.ts'), `export const wrong: number = 'a word'\n`)
  const config = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  })
  compiler = stdout
})

describe('snippets', () => {
  it('are found', () => {
    expect(snippets.length).toBeGreaterThan(0)
    expect(
      snippets.filter(({ info }) => !/^ts( run)?$/.test(info)).map(({ place, info }) => `${place} ${info}`),
    ).toEqual([])
  })

  it.each(named(snippets))('%s compiles', (_, file) => {
    const errors = compiler.split('\n').filter((line) => line.startsWith(`${file}.ts`))
    expect(errors).toEqual([])
  })

  it('are compiled by a compiler that finds errors, and finds no other ones', () => {
    const known = new Set(snippets.map(({ file }) => `${file}.ts`))
    const others = compiler.split('\n').filter((line) => /error TS/.test(line) && !known.has(line.split('(')[0]!))
    expect(others).toEqual([expect.stringMatching(/^control\.ts\(1,14\): error TS2322/)])
  })

  it.each(named(snippets.filter(({ info }) => info === 'ts run')))('%s runs', (_, file) => {
    const ran = spawnSync(process.execPath, [join(folder, 'out', `${file}.js`)], { encoding: 'utf8', timeout: 20_000 })
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
  })
})

function fileOf({ path, line }: Fence): string {
  return `${path.replaceAll(/[^a-zA-Z0-9]+/g, '-')}-${line}`
}
