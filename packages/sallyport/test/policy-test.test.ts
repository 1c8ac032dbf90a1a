import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderWith, sallyport } from './command.ts'

const files = {
  'policy.yaml': 'roles:\n  clerk:\n    - orders:read\n    - { permission: orders:update, when: { owner: ownerId } }\n',
  'policy.json': '{ "roles": { "clerk": ["orders:read"] } }',
  'policy.mjs': 'export const policy = { roles: { clerk: [{ permission: "orders:read", when: () => true }] } }\n',
  'right.yaml': `principals:
  ada: { subject: ada, roles: [clerk] }
cases:
  - { who: ada, permission: orders:read, expected: granted }
  - { who: ada, permission: orders:update, object: { ownerId: eve }, expected: denied, note: not hers }
  - { who: ada, permission: orders:update, expected: depends }
  - { permission: orders:read, expected: denied }
`,
  'wrong.json':
    '[{ "who": { "roles": ["clerk"] }, "permission": "orders:delete", "expected": "granted", "note": "clerks tidy up" }]',
  'object.mjs':
    'export default [{ who: { roles: ["clerk"] }, permission: "orders:read", object: {}, expected: "granted" }]\n',
  'empty.json': '[]',
  'torn.json': '[',
  'typo.json': '[{ "who": { "roles": ["clerk"] }, "permission": "orders:read", "expectd": "granted" }]',
  'bad-policy.json': '{ "roles": { "clerk": { "inherits": ["nobody"] } } }',
  'notes.txt': '',
}

async function run(...words: string[]) {
  const folder = folderWith(files)
  return sallyport(['policy', 'test', ...words.map((word) => (word in files ? join(folder, word) : word))])
}

describe('sallyport policy test', () => {
  it('passes a policy that does what the table says', async () => {
    const { code, out, err } = await run('policy.yaml', 'right.yaml')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/right\.yaml: 4 passed, 0 failed \(policy \S{12}\)/)
  })

  it('fails with what was decided otherwise, and why, in whichever table', async () => {
    const { code, out } = await run('policy.yaml', 'right.yaml', 'wrong.json')
    expect(code).toBe(1)
    expect(out).toMatch(/right\.yaml: 4 passed, 0 failed/)
    expect(out).toMatch(/wrong\.json: 0 passed, 1 failed/)
    expect(out).toMatch(/case 1 \(clerks tidy up\): .*orders:delete is denied, expected granted: /)
  })

  it('reads policies and tables in JSON and of modules, with functions', async () => {
    expect((await run('policy.json', 'wrong.json')).code).toBe(1)
    expect(await run('policy.mjs', 'object.mjs')).toMatchObject({ code: 0, err: '' })
  })

  it('answers programs, too', async () => {
    const { code, out } = await run('policy.yaml', 'wrong.json', '--format', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject([{ result: { passed: 0, failures: [{ actual: 'denied' }] } }])
  })

  it.each([
    [['policy.yaml'], /at least one table/],
    [['policy.yaml', 'empty.json'], /tests nothing/],
    [['policy.yaml', 'torn.json'], /torn\.json cannot be read/],
    [['policy.yaml', 'typo.json'], /expectd/],
    [['bad-policy.json', 'right.yaml'], /nobody/],
    [['policy.yaml', 'missing.json'], /missing\.json cannot be read/],
    [['policy.yaml', 'notes.txt'], /is no \.json/],
    [['policy.yaml', 'right.yaml', '--format', 'xml'], /text or json/],
  ])('is wrongly used with %j', async (words, message) => {
    const { code, out, err } = await run(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
  })
})
