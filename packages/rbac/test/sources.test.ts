import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEnvironment, type Environment } from '@sallyport/core'
import { captureEvents, createTestClock, type TestClock } from '@sallyport/core/testing'
import { rbac, type Access, type PolicySource } from '@sallyport/rbac'
import { jsonFile } from '@sallyport/rbac/sources'
import { yamlFile } from '@sallyport/rbac/yaml'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { environment, principal, refusal, refusalOf } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-rbac-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const viewer = principal({ roles: ['viewer'] })
const reads = (access: Access): boolean => access.can(viewer, 'orders:read')

function clocked(): { env: Environment; clock: TestClock } {
  const clock = createTestClock()
  const env = createEnvironment({ clock })
  onTestFinished(() => env.close())
  return { env, clock }
}

const kinds: readonly [
  string,
  (path: string | URL, options?: { pollInterval?: number }) => PolicySource,
  string,
  string,
  string,
][] = [
  [
    'jsonFile',
    jsonFile,
    '{"roles":{"viewer":["orders:read"]}}',
    '{"roles":{"viewer":["orders:write"]}}',
    '{"roles":{\n"viewer":[',
  ],
  [
    'yamlFile',
    yamlFile,
    'roles: { viewer: [orders:read] }',
    'roles: { viewer: [orders:write] }',
    'roles:\n  viewer: [',
  ],
]

describe.each(kinds)('%s()', (name, source, reading, writing, broken) => {
  let files = 0
  const file = (text: string): string => {
    const path = join(folder, `${name}-${files++}`)
    writeFileSync(path, text)
    return path
  }

  it('is in force when rbac() returns, from a path or a URL', () => {
    const path = file(reading)
    expect(reads(rbac({ policy: source(path), env: environment() }))).toBe(true)
    expect(reads(rbac({ policy: source(pathToFileURL(path)), env: environment() }))).toBe(true)
  })

  it('refuses a file that is not there, or no policy, at construction', () => {
    expect(refusal(() => rbac({ policy: source(join(folder, 'nowhere')), env: environment() }))).toBe(
      `ERR_RBAC_POLICY_UNAVAILABLE The policy of ${join(folder, 'nowhere')} could not be read: ENOENT`,
    )
    expect(refusal(() => rbac({ policy: source(file(broken)), env: environment() }))).toMatch(
      /^ERR_OPTION rbac: policy: .*\(line 2/,
    )
    expect(
      refusal(() => rbac({ policy: source(file(reading.replace('orders', '')), {}), env: environment() })),
    ).toContain('roles.viewer[0]')
    expect(
      refusal(() => rbac({ policy: source(file(`${reading}${' '.repeat(17_000_000)}`)), env: environment() })),
    ).toContain('at most 16777216 bytes')
  })

  it('refuses wrong options', () => {
    expect(refusal(() => source(''))).toContain(`ERR_OPTION ${name}: option \`path\` was ''`)
    expect(refusal(() => source(7 as never))).toContain(`${name}: option \`path\` was 7`)
    expect(refusal(() => source('x', { pollInterval: 1 }))).toContain('from 100 to 86400000')
    expect(refusal(() => source('x', { interval: 1000 } as never))).toContain('unknown option `interval`')
  })

  it('is read again by access.reload()', async () => {
    const path = file(reading)
    const access = rbac({ policy: source(path), env: environment() })
    const { version } = access
    expect(await access.reload()).toBe(version)
    writeFileSync(path, writing)
    expect(reads(access)).toBe(true)
    expect(await access.reload()).not.toBe(version)
    expect([reads(access), access.can(viewer, 'orders:write')]).toEqual([false, true])
  })

  it('is looked at again and again, keeps the last good policy, and recovers by itself', async () => {
    const { env, clock } = clocked()
    using events = captureEvents(env)
    const path = file(reading)
    const access = rbac({ policy: source(path, { pollInterval: 1000 }), env })
    // Files answer in real time, whatever the clock of the test says.
    const until = async (state: boolean): Promise<void> => {
      await expect
        .poll(async () => {
          await clock.advance(1000)
          return reads(access)
        })
        .toBe(state)
    }
    writeFileSync(path, writing)
    await until(false)
    writeFileSync(path, broken)
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return events.of('authz.policy').at(-1)?.detail.applied
      })
      .toBe(false)
    expect(access.can(viewer, 'orders:write')).toBe(true)
    rmSync(path)
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return events.of('authz.policy').at(-1)?.detail.code
      })
      .toBe('ERR_RBAC_POLICY_UNAVAILABLE')
    writeFileSync(path, reading)
    await until(true)
    expect(events.of('health.changed').map(({ detail }) => detail.healthy)).toEqual([false, true])
    const { length } = events.of('authz.policy')
    for (let i = 0; i < 5; i++) await clock.advance(1000)
    expect(events.of('authz.policy')).toHaveLength(length)
  })
})

describe('a large policy in YAML', () => {
  it('is parsed beside the event loop, and refused with its place', async () => {
    const path = join(folder, 'large.yaml')
    const lines = Array.from(
      { length: 2000 },
      (_, i) => `  role${i}: ['res${i}:read', { permission: 'res${i}:write', when: { owner: ownerId } }]`,
    )
    writeFileSync(path, 'roles: { viewer: [orders:read] }')
    const access = rbac({ policy: yamlFile(path), env: environment() })
    writeFileSync(path, ['roles:', ...lines].join('\n'))
    let turns = 0
    let running = true
    const turn = (): void => {
      turns++
      if (running) setTimeout(turn, 1)
    }
    turn()
    await access.reload()
    running = false
    expect(turns).toBeGreaterThan(5)
    expect(access.can(principal({ roles: ['role7'] }), 'res7:read')).toBe(true)
    expect(access.can(principal({ roles: ['role7'] }), 'res7:write', { ownerId: 'u1' })).toBe(true)
    for (const [wrong, message] of [
      ['  bad: [', /^ERR_OPTION .*accepted is YAML \(line 200[12], column/],
      ["  bad: [{ permission: 'a:b', when: { eq: [{ object: x }, .nan] } }]", /^ERR_OPTION .*\.nan/],
    ] as const) {
      writeFileSync(path, ['roles:', ...lines, wrong].join('\n'))
      expect(await refusalOf(access.reload())).toMatch(message)
    }
    expect(access.can(principal({ roles: ['role7'] }), 'res7:read')).toBe(true)
  })
})
