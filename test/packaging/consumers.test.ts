import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read } from '../architecture/repository.ts'
import { fencesOf } from '../docs/markdown.ts'
import { createConsumer, type Consumer, type Ran } from './consumer.ts'
import { packAll } from './pack.ts'
import {
  commonJsJestTest,
  commonJsProgram,
  doorsProgram,
  dynamicJestTest,
  esmJestTest,
  esmProgram,
  EXPECTED,
  rbacAloneProgram,
  typedProgram,
} from './programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-consumers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let app: Consumer
let alone: Consumer

beforeAll(async () => {
  const packed = packAll(join(folder, 'tarballs'))
  const tarballs = packed.map(({ tarball }) => tarball)
  const libraries = ['express@5', 'fastify@5', 'hono@4', 'jose@6', '@types/express@5', '@types/node@20']
  const jest = ['jest@30.5.2', '@babel/plugin-transform-modules-commonjs@7']
  app = await createConsumer(join(folder, 'app'), {}, [...tarballs, ...libraries, ...jest])
  const few = packed.filter(({ name }) => /\/(core|rbac)$/.test(name)).map(({ tarball }) => tarball)
  alone = await createConsumer(join(folder, 'alone'), { type: 'module' }, [...few, 'express@5'])
})

/** What a program printed; all that it said when it printed something else. */
function printed({ code, output }: Ran): unknown {
  try {
    return JSON.parse(output) as unknown
  } catch {
    return `exit code ${code}: ${output}`
  }
}

describe('an app that installs the packages', () => {
  it('runs as ES modules', async () => {
    app.write('esm.mjs', esmProgram)
    expect(printed(await app.node(['esm.mjs']))).toEqual(EXPECTED)
  })

  it('runs as CommonJS, by require()', async () => {
    app.write('commonjs.cjs', commonJsProgram)
    // Node 20 prints a warning for each process that requires an ES module; the app asks for silence as its users would.
    expect(printed(await app.node(['--no-warnings', 'commonjs.cjs']))).toEqual(EXPECTED)
  })

  it('runs on Fastify and Hono, by their doors', async () => {
    app.write('doors.mjs', doorsProgram)
    expect(printed(await app.node(['doors.mjs']))).toEqual([
      [401, 401],
      [403, 403],
      [200, 200],
      ['ada', 'ada'],
    ])
  })

  it.each([
    ['nodenext, as an ES module', { module: 'nodenext' }, 'app.mts'],
    ['nodenext, as CommonJS', { module: 'nodenext' }, 'app.cts'],
    ['a bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'app.ts'],
  ])('type-checks strictly under %s, libraries included', async (_, options, file) => {
    const compilerOptions = {
      ...options,
      target: 'es2023',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
    }
    app.write(file, typedProgram)
    app.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }))
    expect(await app.tsc()).toEqual({ code: 0, output: '' })
  })
})

describe('an app that installs rbac alone', () => {
  it('gets a complete product for the login it has', async () => {
    alone.write('app.js', rbacAloneProgram)
    expect(printed(await alone.node(['app.js']))).toEqual([401, 200, 403])
  })

  it('gets nothing of the other packages', () => {
    expect(readdirSync(join(alone.folder, 'node_modules/@sallyport')).toSorted()).toEqual(['core', 'rbac'])
    expect(existsSync(join(alone.folder, 'node_modules/jose'))).toBe(false)
  })
})

/** README's section "Testing with Jest" tells users exactly this. */
describe('an app that is tested with Jest', () => {
  const vmModules = { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const requiresInVm = major > 24 || (major === 24 && minor >= 9)

  async function jest(
    file: string,
    text: string,
    config: object,
    env?: Readonly<Record<string, string>>,
  ): Promise<Ran> {
    app.write(file, text)
    app.write('jest.config.json', JSON.stringify({ testEnvironment: 'node', testMatch: [`**/${file}`], ...config }))
    return app.node(['node_modules/jest/bin/jest.js', '--ci', '--config', 'jest.config.json'], env)
  }

  const passed = { code: 0, output: expect.stringContaining('Tests:       1 passed, 1 total') as string }

  it('passes as ES modules, with --experimental-vm-modules', async () => {
    expect(await jest('esm.test.mjs', esmJestTest, {}, vmModules)).toEqual(passed)
  })

  it('passes as CommonJS that imports when it runs, with --experimental-vm-modules', async () => {
    expect(await jest('dynamic.test.cjs', dynamicJestTest, {}, vmModules)).toEqual(passed)
  })

  it('passes as CommonJS that requires, with --experimental-vm-modules, on Node 24.9 and later only', async () => {
    const ran = await jest('require.test.cjs', commonJsJestTest, {}, vmModules)
    if (requiresInVm) expect(ran).toEqual(passed)
    else expect(ran).toMatchObject({ code: 1, output: expect.stringContaining('Must use import to load ES Module') })
  })

  it('passes as CommonJS that requires, without flags, where Babel transforms the packages', async () => {
    // Not a copy: what the README says is what is tried.
    const documented = fencesOf('README.md', read('README.md')).find(({ info }) => info === 'json')
    const config = JSON.parse(documented?.code ?? '') as object
    expect(config).toHaveProperty('transformIgnorePatterns')
    expect(await jest('babel.test.cjs', commonJsJestTest, config)).toEqual(passed)
  })
})
