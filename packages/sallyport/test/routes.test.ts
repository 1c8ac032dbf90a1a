import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ListedRoute, RouteList } from 'sallyport'
import { describe, expect, it } from 'vitest'
import { appOf, folderWith, sallyport } from './command.ts'

async function listed(file: string, ...options: string[]): Promise<RouteList> {
  const { code, out, err } = await sallyport(['routes', file, '--format', 'json', ...options])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as RouteList
}

/** Each route in one line. */
const linesOf = ({ routes }: RouteList): string[] =>
  routes.map(({ methods, path, verdict }) => `${methods.join()} ${path} ${verdict}`)

const find = ({ routes }: RouteList, path: string): ListedRoute => routes.find((one) => one.path === path)!

describe.each(['express5', 'express4'])('routes of %s', (name) => {
  it('come with what was decided about each', async () => {
    const list = await listed(appOf(name))
    const lines = linesOf(list)
    expect(lines.filter((line) => !/\/(sub|files)/.test(line))).toEqual([
      'GET,HEAD /orders/:id permission',
      'GET,HEAD /orders permission',
      'POST /orders undecided',
      // A function that calls itself `rbac` is none.
      'GET,HEAD /named undecided',
      'GET,HEAD /health public',
      'GET,HEAD /me login',
      // A gate behind the handler.
      'GET,HEAD /behind undecided',
      String.raw`GET,HEAD /^\/legacy/ unverifiable`,
      'GET,HEAD /api/things permission',
      'GET,HEAD /apix undecided',
      'GET,HEAD /admin/users/:user permission',
      'GET,HEAD /admin/late undecided',
      'GET,HEAD /shop/a permission',
      'GET,HEAD /t/:tenant/items permission',
      'POST /t/:tenant/items permission',
      // One page of it has a gate, the others have none.
      'GET,HEAD /:page undecided',
      'USE /docs public',
    ])
    expect(lines).toContain('USE /files unverifiable')
    expect(list).toMatchObject({ framework: 'Express', defaultDeny: false })
  })

  it('tell permissions, authentication, gates and reasons', async () => {
    const list = await listed(appOf(name))
    expect(find(list, '/orders/:id')).toMatchObject({
      permissions: ['orders:read'],
      authentication: 'required',
      gates: ['identify', 'rbac'],
    })
    expect(list.routes.find(({ path, methods }) => path === '/t/:tenant/items' && methods[0] === 'POST')).toMatchObject(
      {
        permissions: ['orders:read'],
        anyPermissions: [['orders:create', 'orders:import']],
      },
    )
    expect(find(list, '/health').why).toBe('asked by the load balancer')
    expect(find(list, '/me').why).toBe('everybody has a profile')
    expect(find(list, '/files').why).toContain('serveStatic')
  })
})

it('looks into apps that Express mounts, of either version', async () => {
  expect(linesOf(await listed(appOf('express5')))).toContain('GET,HEAD /sub/inside undecided')
  const folder = folderWith({
    'app.cjs': `const express = require('express')
      const app = express(); const sub = express(); const deep = express()
      deep.get('/inside', () => undefined)
      sub.use('/deep', deep)
      app.use('/sub', sub)
      module.exports = app`,
  })
  mkdirSync(join(folder, 'node_modules'))
  const express4 = realpathSync(fileURLToPath(new URL('../node_modules/express4', import.meta.url)))
  symlinkSync(express4, join(folder, 'node_modules/express'))
  expect(linesOf(await listed(join(folder, 'app.cjs')))).toEqual(['GET,HEAD /sub/deep/inside undecided'])
})

it('reports a mounted app that came into being elsewhere as unverifiable', async () => {
  // Express 4 under another name is not what the module's `express` is.
  const list = await listed(appOf('express4'))
  expect(find(list, '/sub')).toMatchObject({ verdict: 'unverifiable', why: expect.stringContaining('cannot be seen') })
})

it('reads Koa by its router’s own matching, and finds the gap in it', async () => {
  const list = await listed(appOf('koa'))
  expect(linesOf(list)).toEqual([
    'USE / unverifiable',
    'GET,HEAD /orders/:id permission',
    'POST /orders undecided',
    'ALL /any permission',
    'GET,HEAD /health public',
    'GET,HEAD /behind undecided',
    String.raw`GET,HEAD /^\/legacy/ unverifiable`,
    // With a prefix the router minds case for what use() mounts, and not for routes.
    'GET,HEAD /admin/users/:user undecided',
    'GET,HEAD /shop/:item permission',
    'GET,HEAD /:page undecided',
    'USE / unverifiable',
  ])
  expect(find(list, '/admin/users/:user').why).toMatch(/rbac stands before some spellings.*not before \/ADMIN\/USERS/)
})

it('reads Fastify with the hooks around each route', async () => {
  const list = await listed(appOf('fastify'))
  expect(linesOf(list)).toEqual([
    'GET /orders/:id permission',
    'HEAD /orders/:id permission',
    'POST /orders undecided',
    'GET /health public',
    'HEAD /health public',
    'GET /admin/users/:user permission',
    'HEAD /admin/users/:user permission',
    'GET /admin/inner permission',
    'HEAD /admin/inner permission',
    'ALL /any undecided',
  ])
  expect(find(list, '/orders/:id').gates).toEqual(['identify', 'rbac'])
})

it('reads Hono by its router’s own matching', async () => {
  const list = await listed(appOf('hono'))
  expect(linesOf(list)).toEqual([
    'GET,HEAD /orders/:id{[0-9]+} permission',
    'POST /orders undecided',
    'GET,HEAD /health public',
    'GET,HEAD /admin/users/:user permission',
    'GET,HEAD /adminx undecided',
    'GET,HEAD /strange/:id{(a|b)c} unverifiable',
    'GET,HEAD /sub/inside permission',
    'GET,HEAD /:page undecided',
    'USE /mounted/* unverifiable',
    'USE /files/* unverifiable',
  ])
})

it('reads Nest from its root module, and constructs no provider', async () => {
  const list = await listed(appOf('nest'))
  expect(linesOf(list)).toEqual([
    'GET,HEAD /orders/:id permission',
    'POST /orders permission',
    'GET,HEAD /orders/me/mine login',
    'GET,HEAD /orders/all/prices public',
    'GET,HEAD /orders/open/door undecided',
  ])
  expect(find(list, '/orders')).toMatchObject({ factors: ['otp'], gates: ['identify', 'audit', 'rbac', 'mfa'] })
})

it('reads an app of Nest that was made, with its prefix and its middlewares', async () => {
  const list = await listed(appOf('nest-made'))
  expect(linesOf(list)).toContain('GET,HEAD /api/orders/:id permission')
  expect(find(list, '/api/orders/open/door')).toMatchObject({ verdict: 'undecided', gates: ['identify'] })
})

describe('under a default deny', () => {
  it('what use() mounts is withheld, and routes stay what they are', async () => {
    const folder = fileURLToPath(new URL('apps', import.meta.url))
    const list = await listed(join(folder, 'covered.mjs'))
    expect(list.defaultDeny).toBe(true)
    expect(linesOf(list)).toEqual(['GET,HEAD /orders permission', 'GET,HEAD /open undecided', 'USE /files withheld'])
  })
})

describe('--check', () => {
  it('fails on a route that nobody decided about, until it was reviewed, and on what is no longer needed', async () => {
    const folder = folderWith({})
    const app = appOf('express5')
    const check = () => sallyport(['routes', app, '--check'], folder)
    const first = await check()
    expect(first.code).toBe(1)
    expect(first.err).toContain('open: undecided POST /orders\n')
    expect(first.err).toContain('open: unverifiable USE /files (serveStatic')

    expect((await sallyport(['routes', app, '--write-baseline'], folder)).code).toBe(0)
    expect(await check()).toMatchObject({ code: 0, err: '' })

    const baseline = join(folder, 'sallyport-routes.txt')
    const text = readFileSync(baseline, 'utf8')
    writeFileSync(baseline, text.replace('undecided POST /orders\n', 'undecided POST /orders # moves in May\n'))
    expect(await check()).toMatchObject({ code: 0, err: '' })
    writeFileSync(baseline, text.replace('undecided POST /orders\n', 'undecided POST /elsewhere\n'))
    const last = await check()
    expect(last.code).toBe(1)
    expect(last.err).toMatch(/open: undecided POST \/orders\nno longer needed in .*: undecided POST \/elsewhere/)
  })

  it('takes a baseline of another name', async () => {
    const folder = folderWith({})
    const words = ['routes', appOf('express5'), '--baseline', 'known.txt']
    await sallyport([...words, '--write-baseline'], folder)
    expect((await sallyport([...words, '--check'], folder)).code).toBe(0)
  })
})

describe('forms', () => {
  it('are a table and Markdown besides JSON', async () => {
    const table = await sallyport(['routes', appOf('nest')])
    expect(table.out).toMatch(/^method +path +decision +authentication/)
    expect(table.out).toContain('Nest: 5 routes, 1 undecided, 0 unverifiable; default deny off\n')
    const markdown = await sallyport(['routes', appOf('hono'), '--format', 'markdown'])
    expect(markdown.out).toContain('| --- | --- |')
    expect(markdown.out).toContain(String.raw`| /strange/:id{(a\|b)c} |`)
  })

  it('let no path of the app move the cursor or add a line', async () => {
    const folder = fileURLToPath(new URL('apps', import.meta.url))
    const { out } = await sallyport(['routes', join(folder, 'hostile.mjs')])
    expect(out).toContain('/a?b?[2J')
    expect(out.split('\n')).toHaveLength(4)
  })
})

describe('what cannot be read', () => {
  it.each([
    ['there is no file', 'nothing.mjs', []],
    ['exports no app .*; it exports one, two', 'no-app.mjs', []],
    ["exports no app .* as 'three'", 'no-app.mjs', ['--export', 'three']],
    ['could not be loaded: Error: broken', 'broken.mjs', []],
  ])('is told in one line, with exit code 2: %s', async (message, file, options) => {
    const folder = folderWith({
      'no-app.mjs': 'export const one = 1\nexport const two = () => ({})\n',
      'broken.mjs': 'throw new Error("broken")\n',
    })
    const { code, err } = await sallyport(['routes', join(folder, file), ...options])
    expect(code).toBe(2)
    expect(err.split('\n')[0]).toMatch(new RegExp(message))
    expect(err).not.toMatch(/\n\s+at /)
  })

  it('is a wrong use', async () => {
    expect((await sallyport(['routes'])).code).toBe(2)
    expect((await sallyport(['routes', 'a', 'b'])).code).toBe(2)
    expect((await sallyport(['routes', appOf('koa'), '--format', 'xml'])).err).toContain('table, json, markdown')
    expect((await sallyport(['routes', appOf('koa'), '--chekc'])).code).toBe(2)
    const unknown = await sallyport(['route'])
    expect(unknown.code).toBe(2)
    expect(unknown.err).toContain("no command 'route'")
  })
})

describe('the app', () => {
  it('may be made by a function, be a promise, and listen; of several one is named', async () => {
    const folder = fileURLToPath(new URL('apps', import.meta.url))
    expect((await sallyport(['routes', join(folder, 'factory.mjs')])).err).toContain('exports 2 apps')
    expect(linesOf(await listed(join(folder, 'factory.mjs'), '--export', 'createApp'))).toEqual([
      'GET,HEAD /made undecided',
    ])
    expect(linesOf(await listed(join(folder, 'factory.mjs'), '--export', 'promised'))).toEqual([
      'GET,HEAD /promised undecided',
    ])
    expect(linesOf(await listed(join(folder, 'factory.mjs'), '--export', 'listening'))).toEqual([
      'GET,HEAD /listening undecided',
    ])
  })
})

it('tells what there is', async () => {
  for (const words of [[], ['--help']]) {
    const { code, out } = await sallyport(words)
    expect(code).toBe(0)
    expect(out).toMatch(/sallyport policy test .*\n.*sallyport routes /)
  }
  expect((await sallyport(['routes', '--help'])).out).toContain('--write-baseline')
})
