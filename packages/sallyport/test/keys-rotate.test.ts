import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  lstatSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { auditLogger, verifyLog } from '@sallyport/audit-logger'
import { createEnvironment, createKeyRing } from '@sallyport/core'
import { tokenIssuer } from '@sallyport/jwt-auth/issuer'
import { piiRedactor } from '@sallyport/pii-redactor'
import { describe, expect, it, vi } from 'vitest'
import { folderWith, sallyport } from './command.ts'

// Each test starts the command several times, and a busy machine takes seconds for each.
vi.setConfig({ testTimeout: 120_000 })

interface Kept {
  readonly next?: string
  readonly keys: { readonly id: string; readonly kid: string; readonly key: string; readonly d: string }[]
}

function keysIn(file: string): Kept {
  return JSON.parse(readFileSync(file, 'utf8')) as Kept
}

/** Runs a rotation in a folder, and holds that it shows nothing of a key. */
async function rotate(folder: string, ...words: string[]) {
  const ran = await sallyport(['keys', 'rotate', ...words], folder)
  const file = join(folder, 'keys.json')
  const secrets = existsSync(file) ? keysIn(file).keys.map(({ key, d }) => key ?? d) : []
  for (const secret of secrets) expect(ran.out + ran.err).not.toContain(secret)
  return ran
}

describe('sallyport keys rotate', () => {
  it('takes the key ring through a rotation, and everything opens at any step', async () => {
    const folder = folderWith({})
    const file = join(folder, 'keys.json')
    const ring = () => createKeyRing({ keys: keysIn(file).keys })
    const first = await rotate(folder, 'keys.json', '--kind', 'ring')
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toContain('createKeyRing({ keys })')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const old = keysIn(file).keys[0]!.id
    const sealed = ring().seal(['note'], Buffer.from('hello'))

    await rotate(folder, 'keys.json')
    const before = ring()
    const waiting = keysIn(file).next
    expect(keysIn(file).keys.map(({ id }) => id)).toEqual([old, waiting])
    // Forgetting that one waits must not make a second one, which no node would know.
    expect(await rotate(folder, 'keys.json')).toMatchObject({ code: 2 })

    await rotate(folder, 'keys.json', '--use')
    expect(keysIn(file).keys.map(({ id }) => id)).toEqual([waiting, old])
    const made = ring().seal(['note'], Buffer.from('new'))
    // A node that has not been started anew yet.
    expect(Buffer.from(before.open(['note'], made)).toString()).toBe('new')
    expect(Buffer.from(ring().open(['note'], sealed)).toString()).toBe('hello')

    expect(await rotate(folder, 'keys.json', '--retire', waiting!)).toMatchObject({ code: 2 })
    const retired = await rotate(folder, 'keys.json', '--retire', old, '--json')
    expect(JSON.parse(retired.out)).toMatchObject({ kind: 'ring', keys: [{ name: waiting, state: 'used' }] })
    expect(() => ring().open(['note'], sealed)).toThrow(/not in the key ring/)
    expect(readdirSync(folder)).toEqual(['keys.json'])
  })

  it.each(['ES256', 'RS256', 'EdDSA'])('keeps tokens good that the old key has signed: %s', async (algorithm) => {
    const folder = folderWith({})
    const file = join(folder, 'keys.json')
    await rotate(folder, 'keys.json', '--kind', 'signing', '--algorithm', algorithm)
    const env = createEnvironment()
    const issuer = 'https://id.example.com/'
    const made = () => tokenIssuer({ issuer, audience: 'orders-api', privateKeys: keysIn(file).keys as never, env })
    const { accessToken } = await made().accessToken({ subject: 'ada' })
    await rotate(folder, 'keys.json', '--now', '--algorithm', algorithm)
    const later = made()
    expect(await later.introspect(accessToken)).toMatchObject({ active: true, sub: 'ada' })
    const { accessToken: next } = await later.accessToken({ subject: 'eve' })
    expect(await later.introspect(next)).toMatchObject({ active: true, sub: 'eve' })
    expect((await later.jwks()).keys).toHaveLength(2)
    await env.close()
  })

  it('keeps tokens of personal data that can be turned back', async () => {
    const folder = folderWith({})
    const file = join(folder, 'keys.json')
    const redactor = () => piiRedactor({ keys: keysIn(file).keys, policy: { EMAIL: 'tokenize' } as never })
    await rotate(folder, 'keys.json', '--kind', 'pii')
    const token = redactor().redact('ada@example.com')
    await rotate(folder, 'keys.json', '--now')
    expect(redactor().redact('ada@example.com')).not.toBe(token)
    const [, old] = keysIn(file).keys
    expect(token).toContain(`tok_${old!.id}_`)
  })

  it('gives an audit log a new signing key', async () => {
    const directory = folderWith({})
    const env = createEnvironment()
    await auditLogger({ directory, env }).record({ type: 'app.report' })
    await env.close()
    const { code, out } = await sallyport(['keys', 'rotate', directory, '--json'])
    expect(code).toBe(0)
    const { vkey } = JSON.parse(out) as { vkey: string }
    expect(await verifyLog({ directory, vkeys: [vkey] })).toMatchObject({ ok: true })
  })

  it('has an issuer that keeps its keys in the store bring a new one', async () => {
    const from = createRequire(import.meta.url)
    const folder = folderWith({
      'issuer.mjs': `
        import { tokenIssuer } from ${JSON.stringify(pathToFileURL(from.resolve('@sallyport/jwt-auth/issuer')))}
        const real = tokenIssuer({ issuer: 'https://id.example.com/', audience: 'orders-api' })
        const kids = async () => (await real.jwks()).keys.map(({ kid }) => kid)
        const [before] = await kids()
        export const issuer = {
          ...real,
          async rotateKeys(options) {
            await real.rotateKeys(options)
            const after = await kids()
            console.error(after.length, after.includes(before))
          },
        }`,
    })
    expect(await sallyport(['keys', 'rotate', 'issuer.mjs'], folder)).toMatchObject({ code: 0, err: '2 true\n' })
    const withdrawn = await sallyport(['keys', 'rotate', 'issuer.mjs', '--withdraw'], folder)
    expect(withdrawn).toMatchObject({ code: 0, err: '1 false\n' })
    expect(await sallyport(['keys', 'rotate', 'issuer.mjs', '--export', 'other'], folder)).toMatchObject({ code: 2 })
  })

  it('changes nothing in a dry run', async () => {
    const folder = folderWith({})
    expect(await rotate(folder, 'keys.json', '--kind', 'ring', '--dry-run')).toMatchObject({ code: 0 })
    expect(readdirSync(folder)).toEqual([])
  })

  it('attack: takes a file that others could read to itself, and says that its keys are known', async () => {
    const folder = folderWith({})
    await rotate(folder, 'keys.json', '--kind', 'ring')
    chmodSync(join(folder, 'keys.json'), 0o644)
    const { err } = await rotate(folder, 'keys.json')
    expect(err).toMatch(/could be read by others/)
    expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600)
  })

  it('replaces what a link points to, not the link', async () => {
    const folder = folderWith({})
    await rotate(folder, 'real.json', '--kind', 'ring')
    symlinkSync('real.json', join(folder, 'keys.json'))
    await rotate(folder, 'keys.json')
    expect(lstatSync(join(folder, 'keys.json')).isSymbolicLink()).toBe(true)
    expect(keysIn(join(folder, 'real.json')).keys).toHaveLength(2)
  })

  it('does not rotate twice at once', async () => {
    const folder = folderWith({ 'keys.json.lock': '' })
    const { code, err } = await rotate(folder, 'keys.json', '--kind', 'ring')
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/another rotation is under way/) as string,
    })
  })

  it('shows nothing of a file that is no key file', async () => {
    const folder = folderWith({})
    const nameless = ['[null]', '["hunter2"]', '[{"key":"hunter2"}]'].map((keys) => `{"kind":"ring","keys":${keys}}`)
    for (const text of ['{"keys":"hunter2', '{"keys":["hunter2"]}', 'null', '[]', ...nameless]) {
      writeFileSync(join(folder, 'other.json'), text)
      const { code, out, err } = await sallyport(['keys', 'rotate', 'other.json'], folder)
      expect(code).toBe(2)
      expect(err).toMatch(/is no (?:key file|JSON)/)
      expect(out + err).not.toContain('hunter2')
      expect(readFileSync(join(folder, 'other.json'), 'utf8')).toBe(text)
    }
  })
})
