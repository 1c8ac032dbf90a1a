import { describe, expect, it } from 'vitest'
import { dependencyViolations, type Dependency } from './dependencies.ts'
import { faceViolations } from './faces.ts'
import { hostViolations } from './hosts.ts'
import { declaredViolations, importViolations } from './layers.ts'
import { packageViolations, pnpmViolations, topLevelViolations } from './layout.ts'
import { manifestViolations, oldestNodeOf, type Manifest } from './manifest.ts'
import { projectViolations } from './projects.ts'
import { sizeViolations } from './sizes.ts'
import { skipViolations } from './skips.ts'
import type { Source } from './source.ts'
import { timeViolations } from './time.ts'

/** Each rule is fed what it must refuse, and what it must let pass: a rule that cannot fail holds nothing. */
const file = (text: string, path = 'packages/rbac/src/rbac.ts'): Source => ({ path, text })

const manifest: Manifest = {
  name: '@sallyport/rbac',
  version: '1.2.3',
  description: 'Roles.',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  keywords: ['rbac'],
  engines: { node: '>=20.19' },
  files: ['dist', 'src', 'README.md', 'CHANGELOG.md', 'LICENSE'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  dependencies: { '@sallyport/core': 'workspace:^', jose: '^6.2.17' },
}

describe('imports', () => {
  const check = (text: string, folder = 'rbac', path = `packages/${folder}/src/a.ts`) =>
    importViolations(folder, manifest, [file(text, path)])

  it.each([
    ['another feature', `import { jwtAuth } from '@sallyport/jwt-auth'`],
    ['only its types', `import type { JwtAuthOptions } from '@sallyport/jwt-auth'`],
    ['by re-export', `export { jwtAuth } from '@sallyport/jwt-auth'`],
    ['by dynamic import', `const m = import('@sallyport/jwt-auth')`],
    ['by import type', `type T = import('@sallyport/jwt-auth').JwtAuthOptions`],
    ['by require', `const m = require('@sallyport/jwt-auth')`],
    ['by a computed name', `const m = import('@sallyport/' + name)`],
    ['by a path out of the package', `import { x } from '../../jwt-auth/src/index.ts'`],
    ['a library that is not declared', `import express from 'express'`],
    ['a built-in without node:', `import { join } from 'path'`],
    ['its own name', `import { rbac } from '@sallyport/rbac'`],
    ['the test kit', `import { createTestClock } from '@sallyport/core/testing'`],
  ])('refuses %s', (_, text) => {
    expect(check(text)).toHaveLength(1)
  })

  it('says where', () => {
    expect(check(`\n\nimport express from 'express'`)).toEqual([
      'packages/rbac/src/a.ts:3 imports express: it is not declared',
    ])
  })

  it('refuses every library to core', () => {
    expect(check(`import { jwtVerify } from 'jose'`, 'core')).toHaveLength(1)
  })

  it.each([
    [`import { SecurityError } from '@sallyport/core'`],
    [`import { join } from 'node:path'`],
    [`import { jwtVerify } from 'jose/jwt/verify'`],
    [`import { a } from './policy.ts'`],
  ])('lets pass %s', (text) => {
    expect(check(text)).toEqual([])
  })

  it('holds for what is declared, too', () => {
    const uses = (name: string): Manifest => ({ ...manifest, peerDependencies: { [name]: '^1.0.0' } })
    expect(declaredViolations('rbac', manifest)).toEqual([])
    expect(declaredViolations('rbac', uses('@sallyport/jwt-auth'))).toHaveLength(1)
    expect(declaredViolations('sallyport', uses('@sallyport/jwt-auth'))).toEqual([])
    expect(declaredViolations('core', { dependencies: { jose: '^6.0.0' } })).toHaveLength(1)
  })
})

describe('hosts', () => {
  it.each([
    ['a member', `export function gate(req: any) { return req.headers }`],
    ['a member of a field', `export const f = (exchange: any) => exchange.host.seen.user`],
    ['Koa’s raw request', `export const f = (x: any) => x.ctx.state`],
    [
      'another name for it',
      `import type { ServerResponse } from 'node:http'\nexport const f = (r: ServerResponse) => r.end()`,
    ],
    ['a cast', `export const f = (x: unknown) => (x as import('node:http').ServerResponse).end()`],
    ['destructuring', `export const f = (req: any) => { const { headers } = req; return headers }`],
    ['the server itself', `import { createServer } from 'node:http'`],
  ])('refuses %s', (_, text) => {
    expect(hostViolations([file(text)])).toHaveLength(1)
  })

  it('lets a file hand them on', () => {
    const text = `import type { IncomingMessage } from 'node:http'
      export const f = (req: IncomingMessage, given: any) => given.callback(req, given.exchange.host.seen)`
    expect(hostViolations([file(text)])).toEqual([])
  })
})

describe('time', () => {
  it.each([
    'const a = Date.now()',
    'const a = new Date()',
    'const a = Date()',
    'const a = performance.now()',
    'const a = process.hrtime.bigint()',
    'setTimeout(() => {}, 1)',
    'globalThis.setInterval(() => {}, 1)',
    `import { setTimeout as sleep } from 'node:timers/promises'`,
    'const read = Date.now',
  ])('refuses %s', (text) => {
    expect(timeViolations([file(text)])).toHaveLength(1)
  })

  it('lets pass what reads no clock', () => {
    const text = `import { setImmediate } from 'node:timers/promises'
      const a = new Date(clock.now()).toISOString()
      clearTimeout(b)`
    expect(timeViolations([file(text)])).toEqual([])
  })
})

describe('faces', () => {
  it.each([`export * from './a.ts'`, `export * as a from './a.ts'`, 'export default function a() {}'])(
    'refuses %s',
    (text) => {
      expect(faceViolations([file(text)])).toHaveLength(1)
    },
  )

  it('lets pass names', () => {
    expect(
      faceViolations([file(`export { a } from './a.ts'\nexport type { B } from './b.ts'\nexport const c = 1`)]),
    ).toEqual([])
  })
})

describe('sizes', () => {
  const of = (...lines: number[]): Source[] => lines.map((count) => file('x\n'.repeat(count)))

  it('refuses a long file, a high median, and nothing at all', () => {
    expect(sizeViolations(of(10, 10, 301))).toHaveLength(1)
    expect(sizeViolations(of(10, 90, 91))).toHaveLength(1)
    expect(sizeViolations([])).toHaveLength(1)
    expect(sizeViolations(of(10, 89, 300))).toEqual([])
  })
})

describe('skips', () => {
  it.each([
    `it.skip('a', () => {})`,
    `describe.only('a', () => {})`,
    `test.todo('a')`,
    `it.skipIf(!process.env.REDIS_URL)('a', () => {})`,
    `describe.runIf(linux)('a', () => {})`,
    `it.concurrent.skip('a', () => {})`,
    `xit('a', () => {})`,
    `it('a', (context) => { context.skip() })`,
    `it('a', ({ skip }) => { skip() })`,
    `it('a', { skip: true }, () => {})`,
    `it('a', () => { expect(true).toBe(true) })`,
  ])('refuses %s', (text) => {
    expect(skipViolations([file(text)])).toHaveLength(1)
  })

  it('lets pass a test that runs', () => {
    const text = `it.each([1])('a %i', { timeout: 5 }, (n) => { expect(n).toBe(1) })`
    expect(skipViolations([file(text)])).toEqual([])
  })
})

describe('manifests', () => {
  it('lets pass a right one', () => {
    expect(manifestViolations('rbac', manifest)).toEqual([])
  })

  it.each<[string, Partial<Manifest>]>([
    ['another licence', { license: 'GPL-3.0' }],
    ['another name', { name: '@sallyport/roles' }],
    ['no version', { version: 'next' }],
    ['a private package', { private: true }],
    ['CommonJS', { type: 'commonjs' }],
    ['side effects', { sideEffects: true }],
    ['no word on Node', { engines: {} }],
    ['a missing licence file', { files: ['dist', 'src', 'README.md', 'CHANGELOG.md'] }],
    ['a script at install time', { scripts: { postinstall: 'node setup.js' } }],
    ['types after the default', { exports: { '.': { default: './a.js', types: './a.d.ts' } } }],
    ['an unknown host', { repository: { type: 'git', url: 'git+https://git.example.com/sallyport.git' } }],
    ['a dependency by address', { dependencies: { jose: 'https://example.com/jose.tgz' } }],
    ['a dependency of any version', { dependencies: { jose: '*' } }],
  ])('refuses %s', (_, change) => {
    expect(manifestViolations('rbac', { ...manifest, ...change })).toHaveLength(1)
  })
})

describe('runtime dependencies', () => {
  const dependency: Dependency = { name: 'b', license: 'MIT', path: ['a', 'b'], compiles: false }

  it.each<[string, Partial<Dependency>]>([
    ['a licence that binds its users', { license: 'GPL-3.0' }],
    ['no licence', { license: undefined as never }],
    ['a script at install time', { scripts: { install: 'node-gyp rebuild' } }],
    ['a compiled addon', { compiles: true }],
    ['a newer Node', { engines: { node: '>=22' } }],
  ])('refuses %s', (_, change) => {
    const [found, ...more] = dependencyViolations([{ ...dependency, ...change }])
    expect(found).toMatch(/^a → b /)
    expect(more).toEqual([])
  })

  it('lets pass permissive ones that just run', () => {
    const dual: Dependency = { ...dependency, license: '(GPL-2.0 OR Apache-2.0)', engines: { node: '>=18' } }
    expect(dependencyViolations([dependency, dual])).toEqual([])
  })

  it('measures them by the Node that the package itself takes, if that is newer than ours', () => {
    const newer: Dependency = { ...dependency, engines: { node: '>=22.13' } }
    expect(dependencyViolations([newer], oldestNodeOf({ engines: { node: '>=22.13' } }))).toEqual([])
    for (const engines of [{ node: '>=20.19' }, { node: '>=18' }, {}]) {
      expect(dependencyViolations([newer], oldestNodeOf({ engines }))).toHaveLength(1)
    }
  })
})

describe('projects', () => {
  const core = { folder: 'packages/core', manifest: { name: '@sallyport/core' }, references: [] }
  const uses = { name: '@sallyport/rbac', dependencies: { '@sallyport/core': 'workspace:^', jose: '^6.0.0' } }
  const rbac = { folder: 'packages/rbac', manifest: uses, references: ['../core'] }
  const both = ['packages/core', 'packages/rbac']

  it('are built after what they depend on', () => {
    expect(projectViolations([core, rbac], both)).toEqual([])
    expect(projectViolations([core, { ...rbac, references: [] }], both)).toEqual([
      'packages/rbac/tsconfig.json does not refer to packages/core',
    ])
    expect(projectViolations([core, rbac], ['packages/core'])).toHaveLength(1)
  })
})

describe('layout', () => {
  const top = [
    'packages/a',
    'examples/a',
    'test/a',
    'README.md',
    'LICENSE',
    'SECURITY.md',
    'CONTRIBUTING.md',
    '.ci/run',
  ]

  it('knows what stands at the top', () => {
    expect(topLevelViolations(top)).toEqual([])
    expect(topLevelViolations([...top, 'src/index.ts'])).toEqual(['src does not belong at the top'])
    expect(topLevelViolations(top.slice(1))).toEqual(['packages is missing'])
  })

  it('knows what a package has inside', () => {
    const feature = ['package.json', 'README.md', 'CHANGELOG.md', 'tsconfig.json', 'src/index.ts', 'test/rbac.test.ts']
    const whole = [...feature, 'src/rbac.ts', 'src/options.ts', 'src/errors.ts']
    expect(packageViolations('rbac', whole)).toEqual([])
    expect(packageViolations('rbac', feature)).toHaveLength(3)
    expect(packageViolations('core', feature)).toEqual([])
    expect(packageViolations('core', feature.slice(0, -1))).toEqual(['packages/core has no tests'])
    expect(packageViolations('rbac', [...whole, 'src/myPolicy.ts'])).toHaveLength(1)
  })

  it('knows the one pnpm', () => {
    const check = (text: string) => pnpmViolations([{ path: 'README.md', text }], 'pnpm@12.21.0')
    expect(check('`npx -y pnpm@12.21.0 test`')).toEqual([])
    expect(check('`npx -y pnpm@12.20.0 test`')).toEqual(['README.md runs pnpm@12.20.0, not pnpm@12.21.0'])
    expect(check('`npx pnpm test`')).toHaveLength(1)
  })
})
