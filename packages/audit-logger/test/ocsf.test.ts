import { readFileSync } from 'node:fs'
import { createTestClock } from '@sallyport/core/testing'
import { auditCatalogue } from '@sallyport/audit-logger'
import { expect, it } from 'vitest'
import { ocsfEvent } from '../src/export/ocsf.ts'
import { scene } from './support.ts'

type Attribute = readonly [type: string, required: 0 | 1, values?: readonly (number | string)[]]
interface Shape {
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly constraints: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] }
}
interface Schema {
  readonly classes: Readonly<Record<string, Shape & { readonly activities: readonly number[] }>>
  readonly objects: Readonly<Record<string, Shape>>
}

// What the published schema says of the classes and objects that are made here.
const schema = JSON.parse(readFileSync(new URL('vectors/ocsf-1.5.0.json', import.meta.url), 'utf8')) as Schema

const primitive: Readonly<Record<string, (value: unknown) => boolean>> = {
  string_t: (v) => typeof v === 'string',
  integer_t: Number.isInteger,
  long_t: Number.isInteger,
  timestamp_t: Number.isInteger,
  ip_t: (v) => typeof v === 'string' && /^[\d.]+$|:/.test(v),
}

/** Where a value is not of a shape. */
function wrongIn(value: Readonly<Record<string, unknown>>, { attributes, constraints }: Shape, at: string): string[] {
  const wrong: string[] = []
  for (const [name, [, required]] of Object.entries(attributes)) {
    if (required && value[name] === undefined) wrong.push(`${at}.${name} is required`)
  }
  const { at_least_one: some, just_one: one } = constraints
  if (some && !some.some((name) => value[name] !== undefined)) wrong.push(`${at} has none of ${some.join()}`)
  if (one && one.filter((name) => value[name] !== undefined).length !== 1)
    wrong.push(`${at} has not one of ${one.join()}`)
  for (const [name, member] of Object.entries(value)) {
    const path = `${at}.${name}`
    // Has whatever the schema has no place for.
    if (name === 'unmapped') continue
    const [type, , values] = attributes[name] ?? []
    if (type === undefined) wrong.push(`${path} is unknown`)
    else if (values && !values.includes(member as number | string)) wrong.push(`${path} is not one of ${values.join()}`)
    else if (Array.isArray(member) !== type.endsWith('[]')) wrong.push(`${path} is not ${type}`)
    else for (const each of [member].flat()) wrong.push(...wrongOf(each, type.replace('[]', ''), path))
  }
  return wrong
}

function wrongOf(value: unknown, type: string, path: string): string[] {
  const shape = schema.objects[type]
  if (shape !== undefined) return wrongIn(value as Record<string, unknown>, shape, path)
  const check = primitive[type]
  // A type that nothing here makes.
  if (check === undefined) return [`${path} is of the unexpected type ${type}`]
  return check(value) ? [] : [`${path} is no ${type}`]
}

function problemsOf(event: Readonly<Record<string, unknown>>): string[] {
  const {
    class_uid: uid,
    activity_id: activity,
    type_uid: type,
    category_uid: category,
  } = event as Record<string, number>
  const shape = schema.classes[String(uid)]
  if (shape === undefined) return [`class ${uid} is unknown`]
  return [
    ...wrongIn(event, shape, String(uid)),
    ...(shape.activities.includes(activity!) ? [] : [`activity ${activity} of ${uid} is unknown`]),
    ...(type === uid! * 100 + activity! ? [] : ['type_uid']),
    ...(category === Math.floor(uid! / 1000) ? [] : ['category_uid']),
  ]
}

it('every type of the catalogue, and the app’s own, is a valid event of OCSF 1.5.0', async () => {
  const { audit } = scene({}, { clock: createTestClock(Date.UTC(2026, 0, 1)) })
  await audit.record({ type: 'data.read', reason: 'r' })
  await audit.record({
    type: 'data.read',
    actor: { subject: 'ada', issuer: 'https://id.example.com/', tenant: 'acme' },
    about: { subject: 'bob' },
    resource: { type: 'order', id: '17' },
    detail: { permissions: ['orders:read'], role: 'clerk', rule: 'js/xss', message: 'found', service: 'api' },
  })
  const { records } = await audit.search()
  const request = { id: 'r1', method: 'GET', trace: '0af7651916cd43dd8448eb211c80319c' }
  const from = { address: '192.0.2.1', agent: 'Mozilla/5.0', path: '/orders/17' }
  const variants = records.flatMap((one) => [
    one,
    { ...one, request, actor: { ref: 'x', ...one.actor, ...from } },
    { ...one, request: { ...request, method: 'PATCH' } },
  ])
  const problems = new Set<string>()
  for (const type of [...Object.keys(auditCatalogue), 'invoice.approved']) {
    for (const outcome of ['success', 'failure', 'denied', 'intent'] as const) {
      for (const variant of variants) {
        const event = JSON.parse(JSON.stringify(ocsfEvent({ ...variant, type, outcome }))) as Record<string, unknown>
        for (const problem of problemsOf(event)) problems.add(`${type}: ${problem}`)
      }
    }
  }
  expect([...problems]).toEqual([])
})

it('activities are those of OCSF: what was created, deleted, granted or locked is called so', () => {
  const activities = (
    ['data.read', 'data.updated', 'data.created', 'data.deleted', 'auth.locked', 'role.granted'] as const
  ).map((type) => auditCatalogue[type].ocsf.join('/'))
  expect(activities).toEqual(['6005/1', '6005/2', '6005/6', '6005/7', '3001/9', '3005/1'])
})
