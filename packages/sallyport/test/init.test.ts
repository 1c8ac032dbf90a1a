import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { folderWith, sallyport } from './command.ts'

// Each test starts the command several times, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 120_000 })

const here = fileURLToPath(new URL('..', import.meta.url))
const workspace = join(here, '../..')

interface Told {
  readonly framework: string
  readonly major?: number
  readonly written: readonly string[]
  readonly kept: readonly string[]
  readonly add: readonly { readonly where: string; readonly line: string }[]
}

/** An app in a folder of its own, with the packages that it imports. */
function appIn(files: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>> = {}): string {
  const folder = folderWith(files)
  const all = { sallyport: here, '@sallyport/core': join(workspace, 'packages/core'), ...packages }
  for (const [name, target] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(target, join(folder, 'node_modules', name))
  }
  return folder
}

function installed(name: string): string {
  const place = [here, join(workspace, 'test'), join(workspace, 'packages/hono')]
    .map((one) => join(one, 'node_modules', name))
    .find(existsSync)
  if (place === undefined) throw new Error(`${name} is not installed: pnpm install`)
  return place
}

/** Runs init, and does to the app's file what it says. */
async function initialised(folder: string, file: string): Promise<Told> {
  const { code, out, err } = await sallyport(['init', folder, '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const told = JSON.parse(out) as Told
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  const made = lines.findIndex((line) => /= (?:express\(|new Koa|new Hono|fastify\(|await NestFactory)/.test(line))
  const after: string[] = []
  const top: string[] = []
  for (const { where, line } of told.add) {
    expect(where).toContain(file)
    if (where.endsWith('at the top')) top.push(line)
    else if (where.includes(`after line ${made + 1}`)) after.push(line)
    else if (where.includes('after the session')) lines[lines.indexOf('// ROUTES')] = line
    else lines[lines.indexOf('// END')] = line
  }
  lines.splice(made + 1, 0, ...after)
  writeFileSync(join(folder, file), [...top, ...lines].join('\n'))
  return told
}

/** Starts the app, which says its port, and asks it. */
async function asked(folder: string, file: string): Promise<Response> {
  const child = spawn(process.execPath, ['--no-warnings', file], { cwd: folder })
  onTestFinished(() => void child.kill())
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    child.once('exit', () => reject(new Error(said)))
  })
  return fetch(`http://127.0.0.1:${port}/hello`)
}

const LISTEN = 'const server = app.listen(0, () => console.log(server.address().port))'
const EXPRESS = `app.get('/hello', (req, res) => res.json({ hello: true }))\n// END\n${LISTEN}\n`
const KOA = `app.use((ctx) => { ctx.body = { hello: true } })\n${LISTEN}\n`

/** Both forms of modules, with how names are loaded. */
const FORMS = [
  ['ES modules', { type: 'module' }, (names: string, from: string) => `import { ${names} } from '${from}'`],
  ['CommonJS', {}, (names: string, from: string) => `const { ${names} } = require('${from}')`],
] as const

async function isGuarded(answer: Response): Promise<void> {
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ hello: true })
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('ratelimit')).toMatch(/^"address";r=299/)
}

describe('what sallyport init writes runs, with the lines that it says', () => {
  it.each([
    ['5', installed('express')],
    ['4', installed('express4')],
  ])('in an app of Express %s in CommonJS', async (major, express) => {
    const folder = appIn(
      {
        'package.json': JSON.stringify({ main: 'server.js', dependencies: { express: `^${major}` } }),
        'server.js': `const express = require('express')\nconst app = express()\n${EXPRESS}`,
      },
      { express },
    )
    const told = await initialised(folder, 'server.js')
    expect(told).toMatchObject({ framework: 'express', major: Number(major), language: 'js', modules: 'commonjs' })
    await isGuarded(await asked(folder, 'server.js'))
  })

  it('in an app with express-session, behind its login', async () => {
    const session = `app.use(session({ secret: 'x'.repeat(32), resave: false, saveUninitialized: false }))`
    const folder = appIn(
      {
        'package.json': JSON.stringify({ type: 'module', dependencies: { express: '^5', 'express-session': '^1' } }),
        'app.js': `import express from 'express'\nimport session from 'express-session'\nconst app = express()\n${session}\n// ROUTES\n${EXPRESS}`,
      },
      { express: installed('express'), 'express-session': installed('express-session') },
    )
    const told = await initialised(folder, 'app.js')
    expect(told).toMatchObject({
      modules: 'esm',
      uses: ['express-session'],
      written: ['sallyport.config.mjs', 'security.mjs'],
    })
    expect(readFileSync(join(folder, 'security.mjs'), 'utf8')).toContain('fromSession')
    await isGuarded(await asked(folder, 'app.js'))
  })

  it('in an app of Koa', async () => {
    const folder = appIn(
      {
        'package.json': JSON.stringify({ type: 'module', dependencies: { koa: '^3' } }),
        'src/app.js': `import Koa from 'koa'\nconst app = new Koa()\n${KOA}`,
      },
      { koa: installed('koa') },
    )
    const told = await initialised(folder, 'src/app.js')
    expect(told.written).toEqual(['src/sallyport.config.mjs', 'src/security.mjs'])
    await isGuarded(await asked(folder, 'src/app.js'))
  })

  it.each(FORMS)('in an app of Fastify, as %s', async (_, manifest, load) => {
    const folder = appIn(
      {
        'package.json': JSON.stringify({ ...manifest, dependencies: { fastify: '^5' } }),
        'app.js': `${load('fastify', 'fastify')}\nconst app = fastify()\napp.get('/hello', async () => ({ hello: true }))\napp.listen({ port: 0 }).then(() => console.log(app.server.address().port))\n`,
      },
      { fastify: installed('fastify'), '@sallyport/fastify': join(workspace, 'packages/fastify') },
    )
    expect(await initialised(folder, 'app.js')).toMatchObject({ framework: 'fastify', major: 5 })
    await isGuarded(await asked(folder, 'app.js'))
  })

  it.each(FORMS)('in an app of Hono, as %s', async (_, manifest, load) => {
    const folder = appIn(
      {
        'package.json': JSON.stringify({ ...manifest, dependencies: { hono: '^4' } }),
        'app.js': [
          load('Hono', 'hono'),
          load('serve', '@hono/node-server'),
          'const app = new Hono()',
          "app.get('/hello', (c) => c.json({ hello: true }))",
          'serve({ fetch: app.fetch, port: 0 }, ({ port }) => console.log(port))',
        ].join('\n'),
      },
      {
        hono: installed('hono'),
        '@hono/node-server': installed('@hono/node-server'),
        '@sallyport/hono': join(workspace, 'packages/hono'),
      },
    )
    expect(await initialised(folder, 'app.js')).toMatchObject({ framework: 'hono', major: 4 })
    await isGuarded(await asked(folder, 'app.js'))
  })

  it('in an app of Nest', async () => {
    const names = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', 'reflect-metadata', 'rxjs']
    const folder = appIn(
      {
        'package.json': JSON.stringify({ type: 'module', dependencies: { '@nestjs/core': '^12', express: '^5' } }),
        'src/main.js': [
          "import 'reflect-metadata'",
          "import { Controller, Get, Module } from '@nestjs/common'",
          "import { NestFactory } from '@nestjs/core'",
          'class Hello { hello() { return { hello: true } } }',
          "Get('hello')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'))",
          'Controller()(Hello)\nclass App {}\nModule({ controllers: [Hello] })(App)',
          'async function bootstrap() {',
          '  const app = await NestFactory.create(App, { logger: false })',
          '  await app.listen(0)',
          '  console.log(app.getHttpServer().address().port)',
          '}\nvoid bootstrap()',
        ].join('\n'),
      },
      Object.fromEntries(names.map((name) => [name, installed(name)])),
    )
    expect(await initialised(folder, 'src/main.js')).toMatchObject({ framework: 'nest', major: 12 })
    await isGuarded(await asked(folder, 'src/main.js'))
  })

  it('in an app of plain node:http', async () => {
    const folder = appIn({
      'package.json': JSON.stringify({ type: 'module' }),
      'app.js': [
        "import { createServer } from 'node:http'",
        "const listener = (req, res) => res.setHeader('content-type', 'application/json').end('{\"hello\":true}')",
        '// END',
        'const app = createServer((req, res) => guarded(req, res))',
        LISTEN,
      ].join('\n'),
    })
    expect(await initialised(folder, 'app.js')).toMatchObject({
      framework: 'node',
      written: [expect.anything(), 'security.mjs'],
    })
    await isGuarded(await asked(folder, 'app.js'))
  })

  it.each([
    ['ES modules', { type: 'module' }],
    ['CommonJS', {}],
  ])('in an app in TypeScript, strictly compiled, as %s', async (_, manifest) => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      outDir: 'dist',
      rootDir: 'src',
      types: ['node'],
    }
    const from = createRequire(join(workspace, 'package.json'))
    const folder = appIn(
      {
        'package.json': JSON.stringify({ ...manifest, dependencies: { express: '^5', passport: '*' } }),
        'tsconfig.json': JSON.stringify({ compilerOptions, include: ['src'] }),
        'src/app.ts': `import express from 'express'\nconst app = express()\n// ROUTES\n${EXPRESS.replace('server.address()', '(server.address() as { port: number })')}`,
      },
      {
        express: installed('express'),
        '@types/express': installed('@types/express'),
        '@types/node': dirname(from.resolve('@types/node/package.json')),
      },
    )
    const told = await initialised(folder, 'src/app.ts')
    expect(told.written).toEqual(['src/sallyport.config.ts', 'src/security.ts'])
    const tsc = spawnSync(process.execPath, [join(workspace, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    })
    expect(tsc).toMatchObject({ status: 0, stdout: '' })
    await isGuarded(await asked(folder, 'dist/app.js'))
  })
})

describe('sallyport init', () => {
  const manifest = (dependencies: object) => ({ 'package.json': JSON.stringify({ dependencies }) })

  it.each([
    ['nest', { '@nestjs/core': '^12.5.1', express: '5' }],
    ['fastify', { fastify: '^5' }],
    ['hono', { hono: '^4' }],
    ['koa', { koa: '2' }],
    ['express', { express: '~4.22' }],
    ['node', {}],
  ])('knows an app of %s', async (framework, dependencies) => {
    const { out } = await sallyport(['init', '--dry-run', '--json'], folderWith(manifest(dependencies)))
    expect(JSON.parse(out)).toMatchObject({ framework, dryRun: true })
  })

  it('writes nothing in a dry run', async () => {
    const folder = folderWith(manifest({ express: '5' }))
    const { code, out } = await sallyport(['init', '--dry-run'], folder)
    expect(code).toBe(0)
    expect(out).toMatch(/would write security\.cjs/)
    expect(readdirSync(folder)).toEqual(['package.json'])
  })

  it('never writes over a file, and says so', async () => {
    const folder = folderWith({ ...manifest({ express: '5' }), 'security.cjs': '// mine\n' })
    const { code, out, err } = await sallyport(['init'], folder)
    expect(code).toBe(1)
    expect(out).toMatch(/wrote sallyport\.config\.cjs/)
    expect(err).toMatch(/security\.cjs is there already/)
    expect(readFileSync(join(folder, 'security.cjs'), 'utf8')).toBe('// mine\n')
  })

  it('says where two would do the same', async () => {
    const folder = folderWith(manifest({ express: '5', helmet: '8', 'express-jwt': '8' }))
    await sallyport(['init'], folder)
    expect(readFileSync(join(folder, 'sallyport.config.cjs'), 'utf8')).toMatch(
      /helmet:.*\n.*express-jwt: `jwt` takes its place/,
    )
  })

  it('says what is missing where there is no app', async () => {
    const { code, err } = await sallyport(['init'], folderWith({}))
    expect(code).toBe(2)
    expect(err).toMatch(/no readable package\.json/)
  })
})
