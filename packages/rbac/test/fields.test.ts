import { rbac } from '@sallyport/rbac'
import { describe, expect, it } from 'vitest'
import { environment, principal, refusal } from './support.ts'

const order = {
  id: 1,
  total: 100,
  cost: 60,
  customer: { name: 'Ada', region: 'eu', card: { last4: '4242', holder: 'A' } },
  lines: [
    { sku: 'a', price: 1, cost: 0.5 },
    { sku: 'b', price: 2, cost: 1 },
  ],
}

function shop() {
  return rbac({
    roles: {
      boss: ['orders:*'],
      viewer: [{ permission: 'orders:read', fields: ['id', 'total', 'customer.name', 'lines.sku'] }],
      helper: [{ permission: 'orders:read', fields: ['*', '!cost', '!customer.card', '!lines.cost'] }],
      owner: [{ permission: 'orders:read', when: { owner: 'ownerId' } }],
      editor: [{ permission: 'orders:update', fields: ['note', 'address.*'] }],
      blind: { deny: [{ permission: 'orders:*', fields: ['customer', 'cost'] }] },
      careful: { deny: [{ permission: 'orders:*', fields: ['total'], when: { eq: [{ object: 'frozen' }, true] } }] },
    },
    env: environment(),
  })
}
const who = (...roles: string[]) => principal({ roles })
const seen = (roles: string[], object: object = order): unknown => shop().pick(who(...roles), 'orders:read', object)

describe('access.pick()', () => {
  it('gives all where nothing is limited', () => {
    expect(seen(['boss'])).toEqual(order)
  })

  it('gives the fields that are named, at any depth, and in each member of a list', () => {
    expect(seen(['viewer'])).toEqual({
      id: 1,
      total: 100,
      customer: { name: 'Ada' },
      lines: [{ sku: 'a' }, { sku: 'b' }],
    })
  })

  it('gives all but those that are left out', () => {
    expect(seen(['helper'])).toEqual({
      id: 1,
      total: 100,
      customer: { name: 'Ada', region: 'eu' },
      lines: [
        { sku: 'a', price: 1 },
        { sku: 'b', price: 2 },
      ],
    })
  })

  it('gives what any of several roles may see', () => {
    expect(seen(['viewer', 'boss'])).toEqual(order)
    expect(seen(['viewer', 'owner'], { ...order, ownerId: 'u2' })).not.toHaveProperty('cost')
    expect(seen(['viewer', 'owner'], { ...order, ownerId: 'u1' })).toHaveProperty('cost', 60)
  })

  it('hides what a deny rule hides, whoever shows it', () => {
    const { customer: _, cost: __, ...rest } = order
    expect(seen(['boss', 'blind'])).toEqual(rest)
    expect(seen(['viewer', 'blind'])).toEqual({ id: 1, total: 100, lines: [{ sku: 'a' }, { sku: 'b' }] })
  })

  it('hides what a deny rule may hide', () => {
    expect(seen(['boss', 'careful'], { total: 1, frozen: false })).toEqual({ total: 1, frozen: false })
    expect(seen(['boss', 'careful'], { total: 1, frozen: true })).toEqual({ frozen: true })
    expect(seen(['boss', 'careful'], { total: 1 })).toEqual({})
  })

  it('gives each of a list, and none where one is refused', () => {
    const access = shop()
    const mine = { id: 1, ownerId: 'u1' }
    expect(access.pick(who('owner'), 'orders:read', [mine, mine])).toEqual([mine, mine])
    expect(access.pick(who('viewer'), 'orders:read', [])).toEqual([])
    expect(refusal(() => access.pick(who('owner'), 'orders:read', [mine, { id: 2, ownerId: 'u2' }]))).toContain(
      'ERR_RBAC_FORBIDDEN',
    )
    expect(refusal(() => access.pick(who('editor'), 'orders:read', []))).toContain('ERR_RBAC_FORBIDDEN')
    expect(refusal(() => access.pick(undefined, 'orders:read', order))).toContain('ERR_UNAUTHENTICATED')
  })

  it('takes a document of a database library for what JSON makes of it', () => {
    class Document {
      readonly internal = { total: 'hidden' }
      toJSON(): object {
        return order
      }
    }
    expect(seen(['viewer'], new Document())).toEqual(seen(['viewer']))
  })

  it('leaves things that have no fields whole, or out', () => {
    const at = new Date(0)
    expect(seen(['helper'], { at, bytes: Buffer.from('x') })).toEqual({ at, bytes: Buffer.from('x') })
    expect(seen(['viewer'], { customer: at, lines: new Map([['sku', 1]]), id: undefined })).toEqual({})
  })

  it('does not change what it is given', () => {
    const copy = structuredClone(order)
    seen(['viewer'])
    expect(order).toEqual(copy)
  })
})

describe('access.strip()', () => {
  const kept = (roles: string[], input: unknown, object?: object): unknown =>
    shop().strip(who(...roles), 'orders:update', input as object, object)

  it('keeps what may be written', () => {
    expect(kept(['editor'], { note: 'hi', total: 0, address: { city: 'X', zip: ['1'] }, ownerId: 'u1' })).toEqual({
      note: 'hi',
      address: { city: 'X', zip: ['1'] },
    })
    expect(kept(['boss'], { note: 'hi', total: 0 })).toEqual({ note: 'hi', total: 0 })
    expect(kept(['boss', 'blind'], { note: 'hi', cost: 0 })).toEqual({ note: 'hi' })
  })

  it('demands the permission', () => {
    expect(refusal(() => kept(['viewer'], {}))).toContain('ERR_RBAC_FORBIDDEN')
  })

  it('keeps nothing of what is no object', () => {
    for (const input of [undefined, null, 'note', 7]) expect(kept(['editor'], input)).toEqual({})
  })

  it('asks conditions of the stored object, not of the input', () => {
    const access = rbac({
      roles: { owner: [{ permission: 'orders:update', when: { owner: 'ownerId' }, fields: ['note'] }] },
      env: environment(),
    })
    const claim = { ownerId: 'u1', note: 'mine now' }
    expect(refusal(() => access.strip(who('owner'), 'orders:update', claim))).toContain('ERR_RBAC_FORBIDDEN')
    expect(refusal(() => access.strip(who('owner'), 'orders:update', claim, { ownerId: 'u2' }))).toContain(
      'ERR_RBAC_FORBIDDEN',
    )
    expect(access.strip(who('owner'), 'orders:update', claim, { ownerId: 'u1' })).toEqual({ note: 'mine now' })
  })
})

describe('fields of the wrong form', () => {
  it.each<[unknown, string]>([
    ['total', "option `roles.r[0].fields` was 'total'; accepted is a list of fields"],
    [[], 'option `roles.r[0].fields` was an empty list'],
    [['!cost'], 'at least one field that is not left out'],
    [['total', 7], 'option `roles.r[0].fields[1]` was 7'],
    [['a*'], "option `roles.r[0].fields[0]` was 'a*'"],
    [['*.cost'], "was '*.cost'"],
    [['!'], "was ''"],
  ])('are refused: %j', (fields, message) => {
    const given = refusal(() =>
      rbac({ roles: { r: [{ permission: 'o:x', fields: fields as never }] }, env: environment() }),
    )
    expect(given).toMatch(/^ERR_OPTION /)
    expect(given).toContain(message)
  })
})
