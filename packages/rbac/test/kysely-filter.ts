import type { FilterCondition } from '@sallyport/rbac'
import { sql, type ExpressionBuilder, type ExpressionWrapper, type SqlBool } from 'kysely'

const OPERATORS = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** The condition of `access.filter()` for a query of Kysely. Its column names come from the policy, not from a request. */
export function toKysely<DB, TB extends keyof DB>(
  eb: ExpressionBuilder<DB, TB>,
  condition: FilterCondition,
): ExpressionWrapper<DB, TB, SqlBool> {
  const column = (field: string) => eb.ref(field as never)
  switch (condition.op) {
    case 'always':
      return eb.and([])
    case 'never':
      return eb.or([])
    case 'and':
      return eb.and(condition.parts.map((part) => toKysely(eb, part)))
    case 'or':
      return eb.or(condition.parts.map((part) => toKysely(eb, part)))
    case 'not':
      return eb.not(toKysely(eb, condition.part))
    case 'null':
      return eb(column(condition.field), 'is', null)
    case 'in':
      return eb(column(condition.field), 'in', condition.values as never)
    case 'contains': {
      const item = 'otherField' in condition ? column(condition.otherField) : eb.val(condition.value)
      return eb.exists(sql`(select 1 from json_each(${column(condition.field)}) where value = ${item})`) as never
    }
    default: {
      const other = 'otherField' in condition ? column(condition.otherField) : eb.val(condition.value)
      return eb(column(condition.field), OPERATORS[condition.op], other as never)
    }
  }
}
