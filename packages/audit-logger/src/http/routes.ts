import {
  accept,
  checkOptions,
  coreError,
  defineRoutes,
  prefixRule,
  type Answer,
  type Environment,
  type Exchange,
  type Middleware,
  type OptionRules,
  type Principal,
  type Route,
} from '@sallyport/core'
import type { AuditLogger } from '../contract.ts'
import { auditError } from '../errors.ts'
import { exported, exportForms, type ExportFormat } from '../export/export.ts'
import { entryAt } from '../proof/prove.ts'
import type { AuditRecord } from '../record/event.ts'
import type { AuditQuery } from '../search/query.ts'
import { askedFor } from './query.ts'
import { tileRoutes } from './tiles.ts'

/** Options of `audit.routes()`. */
export interface AuditRoutesOptions {
  /** Where the routes are: the whole path, also below a mounted router. @default '' */
  readonly prefix?: string
  /**
   * The permission to read everybody's records, such as `audit:read`; whoever offers `can` on the environment, such as `rbac`, decides. A
   * caller with a tenant sees that tenant's records only. @default none: there are only the caller's own records
   */
  readonly permission?: string
  /** Whether checkpoint, tiles and entries can be read by everybody, so that others can verify the log. What is sealed stays sealed. @default false */
  readonly publicTiles?: boolean
}

const rules: OptionRules<AuditRoutesOptions> = {
  prefix: prefixRule,
  permission: accept.string,
  publicTiles: accept.boolean,
}

/** Most records in one answer of an export. */
const EXPORTED = 10_000

/** What a person may know of what was recorded about them: not who else did something. */
function ownView(record: AuditRecord, { ref }: { ref: string | undefined }): object {
  const { actor, about, delegate, roles, request, ...rest } = record
  const isActor = actor?.ref === ref
  return {
    ...rest,
    ...(isActor && { actor, roles, request }),
    ...(about?.ref === ref && { about }),
    ...(delegate?.ref === ref && { delegate }),
  }
}

/**
 * The log's routes, as one middleware: `audit-logs`, `audit-logs/all`, `audit-logs/export`, `audit-logs/checkpoint`,
 * `audit-logs/:index/proof`, and the tiles. What is none of them passes.
 * @throws SecurityError ERR_OPTION, ERR_PORT_ABSENT where a permission is named and nobody decides about it
 */
export function auditRoutes(
  audit: AuditLogger,
  environment: Environment,
  options: AuditRoutesOptions = {},
): Middleware {
  checkOptions<AuditRoutesOptions>('audit.routes', options, rules)
  const { prefix = '', permission, publicTiles = false } = options
  const can = permission === undefined ? undefined : environment.ports.ask('can')
  const at = `${prefix}/audit-logs`
  const routes: Route[] = [{ method: 'GET', path: at, answer: own }]
  if (can !== undefined) {
    routes.push(
      { method: 'GET', path: `${at}/all`, answer: all },
      { method: 'GET', path: `${at}/export`, answer: exportAll },
      { method: 'GET', path: `${at}/:index/proof`, answer: (exchange, { index }) => proof(exchange, index!) },
    )
  }
  const guard = (exchange: Exchange): void => {
    // Tiles hold the records of all tenants.
    if (!publicTiles && reader(exchange).tenant !== undefined) throw auditError('ERR_AUDIT_FORBIDDEN')
  }
  if (publicTiles || can !== undefined) routes.push(...tileRoutes(at, audit, guard, publicTiles))
  return defineRoutes({ name: 'audit.routes', environment, routes })

  async function own(exchange: Exchange): Promise<Answer> {
    const who = caller(exchange)
    const { query, page } = askedFor(exchange.search)
    // Whether something is found would tell what of others stands in a record.
    const about = (['actor', 'tenant', 'address', 'text'] as const).find((name) => query[name] !== undefined)
    if (about !== undefined) {
      throw auditError('ERR_AUDIT_QUERY', { message: `'${about}' is no parameter of one's own records` })
    }
    const found = await audit.search({ ...query, person: accountOf(who) }, page)
    const ref = await (await audit.source()).refOf(accountOf(who))
    return json({ ...found, records: found.records.map((record) => ownView(record, { ref })) })
  }

  async function all(exchange: Exchange): Promise<Answer> {
    const who = reader(exchange)
    const { query, page } = askedFor(exchange.search)
    // Known before anything is shown.
    await audit.record({ type: 'audit.read', detail: shown(query) })
    return json(await audit.search(limited(query, who), page))
  }

  async function exportAll(exchange: Exchange): Promise<Answer> {
    const who = reader(exchange)
    const { query, page, format = 'jsonl' } = askedFor(exchange.search)
    if (!Object.hasOwn(exportForms, format)) {
      throw auditError('ERR_AUDIT_QUERY', { message: `'format' is ${Object.keys(exportForms).join(', ')}` })
    }
    await audit.record({ type: 'audit.exported', detail: { ...shown(query), format } })
    const form = exportForms[format as ExportFormat]
    let text = ''
    let { cursor } = page
    let count = 0
    do {
      const found = await audit.search(
        { order: 'oldest', ...limited(query, who) },
        { limit: 1000, ...(cursor !== undefined && { cursor }) },
      )
      for await (const piece of exported(recordsOf(found.records), format as ExportFormat)) {
        text += count === 0 || form.head === '' ? piece : piece.slice(form.head.length)
      }
      cursor = found.cursor
      count += found.records.length
    } while (cursor !== undefined && count < EXPORTED)
    return {
      status: 200,
      headers: {
        'content-type': form.contentType,
        'content-disposition': `attachment; filename="audit-log.${form.extension}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        ...(cursor !== undefined && { link: `<${next(exchange, cursor)}>; rel="next"` }),
      },
      body: text,
    }
  }

  async function proof(exchange: Exchange, index: string): Promise<Answer> {
    const { tenant } = reader(exchange)
    if (!/^(0|[1-9]\d{0,14})$/.test(index)) throw auditError('ERR_AUDIT_NOT_FOUND')
    const entry = await entryAt(await audit.source(), Number(index))
    const record = JSON.parse(String(entry ?? '{}')) as Partial<AuditRecord>
    if (tenant !== undefined && record.tenant !== tenant) throw auditError('ERR_AUDIT_NOT_FOUND')
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
    return { status: 200, headers, body: await audit.prove(Number(index)) }
  }

  function caller(exchange: Exchange): Principal {
    const { principal } = exchange
    if (principal === undefined) throw coreError('ERR_UNAUTHENTICATED')
    return principal
  }

  function reader(exchange: Exchange): Principal {
    const who = caller(exchange)
    if (can?.(who, permission!) !== true) throw auditError('ERR_AUDIT_FORBIDDEN')
    return who
  }
}

/** Whoever belongs to a tenant sees nothing of others. */
function limited(query: AuditQuery, { tenant }: Principal): AuditQuery {
  return tenant === undefined ? query : { ...query, tenant }
}

/** What was looked for, without the name of whom. */
function shown(query: AuditQuery): Readonly<Record<string, unknown>> {
  const { actor, person, text, address, ...rest } = query
  const sealed = [actor, person, text, address].some((one) => one !== undefined)
  return { ...rest, ...(sealed && { forPerson: true }) }
}

function accountOf({ issuer, tenant, subject }: Principal): { issuer: string; tenant?: string; subject: string } {
  return { issuer, subject, ...(tenant !== undefined && { tenant }) }
}

function next(exchange: Exchange, cursor: string): string {
  const search = new URLSearchParams(exchange.search)
  search.set('cursor', cursor)
  return `${exchange.path}?${search.toString()}`
}

async function* recordsOf(records: readonly AuditRecord[]): AsyncGenerator<AuditRecord> {
  yield* records
}

function json(value: unknown): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  }
}
