import { rbac, type Access, type Condition, type FilterCondition, type RoleDefinitions } from '@sallyport/rbac'
import * as fc from 'fast-check'
import { Kysely, SqliteDialect } from 'kysely'
import initSqlJs from 'sql.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { caller, object, permission, policy } from './arbitraries.ts'
import { compareValues, negated, type Truth } from '../src/truth.ts'
import { toKysely } from './kysely-filter.ts'
import { environment, principal, refusal } from './support.ts'

interface Row {
  readonly id: number
  readonly ownerId: string | null
  readonly tenantId: string | null
  readonly status: string
  readonly total: number | null
  readonly budget: number
}

const STATES = ['open', 'sent', 'closed']
const rows: readonly Row[] = Array.from({ length: 60 }, (_, i) => ({
  id: i,
  ownerId: i % 5 === 0 ? null : `u${i % 4}`,
  tenantId: i % 7 === 0 ? null : ['acme', 'beta'][i % 2]!,
  status: STATES[i % 3]!,
  total: i % 11 === 0 ? null : i,
  budget: 30,
}))

/** A real SQLite in memory, on any Node. */
async function database(): Promise<Kysely<{ orders: Row }>> {
  const { Database } = await initSqlJs()
  const sqlite = new Database()
  sqlite.run(
    'create table orders (id integer, ownerId text, tenantId text, status text, total integer, budget integer)',
  )
  for (const { id, ownerId, tenantId, status, total, budget } of rows) {
    sqlite.run('insert into orders values (?, ?, ?, ?, ?, ?)', [id, ownerId, tenantId, status, total, budget])
  }
  const db = new Kysely<{ orders: Row }>({
    dialect: new SqliteDialect({
      database: {
        close: () => sqlite.close(),
        prepare(text) {
          const all = (parameters: readonly unknown[]): unknown[] => {
            const statement = sqlite.prepare(text, parameters as never)
            const found: unknown[] = []
            while (statement.step()) found.push(statement.getAsObject())
            statement.free()
            return found
          }
          return {
            reader: true,
            all,
            run: () => ({ changes: 0, lastInsertRowid: 0 }),
            iterate: (given) => all(given).values(),
          }
        },
      },
    }),
  })
  onTestFinished(() => db.destroy())
  return db
}

function access(when: Condition | undefined, more: { deny?: Condition; tenancy?: boolean } = {}): Access {
  const roles: RoleDefinitions = {
    r: {
      allow: [{ permission: 'orders:read', ...(when && { when }) }],
      ...(more.deny && { deny: [{ permission: 'orders:read', when: more.deny }] }),
    },
    boss: ['orders:read'],
  }
  return rbac({ policy: { roles, ...(more.tenancy && { tenancy: { orders: 'tenantId' } }) }, env: environment() })
}

const who = principal({ roles: ['r'], subject: 'u1', tenant: 'acme', claims: { states: ['open', 'sent'], max: 20 } })

describe('access.filter() in a database', () => {
  it.each<[string, Condition | undefined, { deny?: Condition; tenancy?: boolean }, number]>([
    ['nothing', undefined, {}, 60],
    ['the owner', { owner: 'ownerId' }, {}, 12],
    ['the tenant', undefined, { tenancy: true }, 25],
    ['owner and tenant', { owner: 'ownerId' }, { tenancy: true }, 0],
    ['a claim', { lt: [{ object: 'total' }, { principal: 'claims.max' }] }, {}, 18],
    ['a claim, turned', { gt: [{ principal: 'claims.max' }, { object: 'total' }] }, {}, 18],
    ['a list of a claim', { in: [{ object: 'status' }, { principal: 'claims.states' }] }, {}, 40],
    ['a written list', { in: [{ object: 'status' }, ['closed']] }, {}, 20],
    ['a negation', { not: { in: [{ object: 'ownerId' }, ['u1', 'u2']] } }, {}, 24],
    ['no value', { eq: [{ object: 'total' }, null] }, {}, 6],
    ['any value', { ne: [{ object: 'total' }, null] }, {}, 54],
    ['two fields', { gt: [{ object: 'total' }, { object: 'budget' }] }, {}, 26],
    ['either', { or: [{ owner: 'ownerId' }, { eq: [{ object: 'status' }, 'open'] }] }, {}, 28],
    ['a denial', undefined, { deny: { eq: [{ object: 'ownerId' }, 'u2'] } }, 36],
    [
      'a denial of the caller’s own',
      { ne: [{ object: 'status' }, 'sent'] },
      { deny: { owner: 'ownerId' }, tenancy: true },
      13,
    ],
    ['what the caller lacks', { eq: [{ object: 'ownerId' }, { principal: 'sid' }] }, {}, 0],
    [
      'a denial of what the caller lacks',
      undefined,
      { deny: { eq: [{ object: 'ownerId' }, { principal: 'sid' }] } },
      0,
    ],
    ['what is so of the caller', { eq: [{ principal: 'tenant' }, 'acme'] }, {}, 60],
    ['what is not so of the caller', { eq: [{ principal: 'tenant' }, 'beta'] }, {}, 0],
  ])('finds by %s the rows that a check of each row finds', async (_, when, more, count) => {
    const filter = access(when, more).filter(who, 'orders:read')
    const db = await database()
    const found = await db
      .selectFrom('orders')
      .select('id')
      .where((eb) => toKysely(eb, filter.condition))
      .orderBy('id')
      .execute()
    const checked = rows.filter(filter.matches).map(({ id }) => ({ id }))
    expect(found).toEqual(checked)
    expect(found).toHaveLength(count)
  })

  it('hands values over as parameters, whatever is in them', async () => {
    const evil = principal({ roles: ['r'], subject: "u1' or '1'='1" })
    const filter = access({ owner: 'ownerId' }).filter(evil, 'orders:read')
    const db = await database()
    const query = db
      .selectFrom('orders')
      .select('id')
      .where((eb) => toKysely(eb, filter.condition))
    expect(query.compile()).toMatchObject({
      sql: 'select "id" from "orders" where "ownerId" = ?',
      parameters: [evil.subject],
    })
    expect(await query.execute()).toEqual([])
  })
})

describe('the condition of a filter', () => {
  const conditionFor = (one: Access, given = who): FilterCondition => one.filter(given, 'orders:read').condition

  it('is as short as it can be', () => {
    expect(conditionFor(access(undefined))).toEqual({ op: 'always' })
    expect(conditionFor(access({ owner: 'ownerId' }))).toEqual({ op: 'eq', field: 'ownerId', value: 'u1' })
    expect(conditionFor(access({ owner: 'ownerId' }), principal({ roles: ['r', 'boss'] }))).toEqual({ op: 'always' })
    expect(conditionFor(access({ and: [{ owner: 'a' }, { eq: [{ principal: 'tenant' }, 'acme'] }] }))).toEqual({
      op: 'eq',
      field: 'a',
      value: 'u1',
    })
    expect(conditionFor(access({ in: [{ principal: 'subject' }, { object: 'members' }] }))).toEqual({
      op: 'contains',
      field: 'members',
      value: 'u1',
    })
  })

  it('lets nobody see anything without the permission, the scope or a name', () => {
    const one = access(undefined)
    for (const nobody of [
      undefined,
      principal({ roles: ['stranger'] }),
      principal({ roles: ['r'], scopes: ['other'] }),
    ]) {
      const filter = one.filter(nobody, 'orders:read')
      expect([filter.condition, rows.filter(filter.matches)]).toEqual([{ op: 'never' }, []])
    }
    expect(one.filter(who, 'orders:raed').condition).toEqual({ op: 'never' })
  })

  it('refuses a function, which no query can ask, unless it makes no difference', () => {
    const one = rbac({
      roles: { r: [{ permission: 'orders:read', when: (row: Row) => row.ownerId === 'u1' }], boss: ['orders:read'] },
      env: environment(),
    })
    const filter = one.filter(who, 'orders:read')
    expect(refusal(() => filter.condition)).toMatch(/^ERR_RBAC_UNFILTERABLE roles\.r\[0\]\.when is a function/)
    expect(rows.filter(filter.matches)).toHaveLength(12)
    expect(one.filter(principal({ roles: ['r', 'boss'] }), 'orders:read').condition).toEqual({ op: 'always' })
  })

  it('says of every object what a check says', () => {
    const env = environment()
    fc.assert(
      fc.property(
        policy,
        caller,
        permission,
        fc.array(object, { minLength: 1, maxLength: 10 }),
        (given, asking, one, objects) => {
          const filter = rbac({ policy: given, env }).filter(asking, one)
          for (const each of objects) {
            expect(truthOf(filter.condition, each) === 1, JSON.stringify(filter.condition)).toBe(filter.matches(each))
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})

/** What a database would make of a condition. */
function truthOf(condition: FilterCondition, row: Record<string, unknown>): Truth {
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, name) => (Object(value) as Record<string, unknown>)[name], row)
  switch (condition.op) {
    case 'always':
      return 1
    case 'never':
      return 0
    case 'not':
      return negated(truthOf(condition.part, row))
    case 'and': {
      const truths = condition.parts.map((part) => truthOf(part, row))
      return truths.includes(0) ? 0 : truths.includes(2) ? 2 : 1
    }
    case 'or':
      return disjunction(condition.parts.map((part) => truthOf(part, row)))
    case 'null':
      return at(condition.field) === undefined ? 2 : at(condition.field) === null ? 1 : 0
    case 'in':
      return disjunction(condition.values.map((value) => compareValues('eq', at(condition.field), value)))
    case 'contains': {
      const list = at(condition.field)
      const item = 'otherField' in condition ? at(condition.otherField) : condition.value
      return Array.isArray(list) ? disjunction(list.map((one) => compareValues('eq', item, one))) : 2
    }
    default: {
      const other = 'otherField' in condition ? at(condition.otherField) : condition.value
      return compareValues(condition.op, at(condition.field), other)
    }
  }
}

function disjunction(truths: readonly Truth[]): Truth {
  return truths.includes(1) ? 1 : truths.includes(2) ? 2 : 0
}
