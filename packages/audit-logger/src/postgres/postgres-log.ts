import { hostname } from 'node:os'
import { accept, checkOptions, coreError, optionError, type OptionRules } from '@sallyport/core'
import type { AuditLog, BackendSettings } from '../log/backend.ts'
import { newIdentity, openSecrets, sealSecrets, vkeysOf, type Identity } from '../log/identity.ts'
import { transaction, hex, fromHex, type PostgresLogPool, type TextRow } from './pool.ts'
import { makeTables, quoted } from './schema.ts'
import { PostgresSource } from './source.ts'
import { PostgresWriter, unavailable } from './writer.ts'

/** Options of `postgresLog`. */
export interface PostgresLogOptions {
  /** The app's own pool of `pg` 8. It is not closed. */
  readonly pool: PostgresLogPool
  /** The schema with the log's tables; they are made where there are none. @default 'sallyport_audit' */
  readonly schema?: string
}

const rules: OptionRules<PostgresLogOptions> = {
  pool: { accepts: 'a Pool of pg', test: (v) => typeof (v as PostgresLogPool | null)?.connect === 'function' },
  schema: {
    accepts: 'a name of up to 63 characters',
    test: (v) => accept.string.test(v) && (v as string).length <= 63,
  },
}

/**
 * A log in PostgreSQL, which many processes write: one chain without gaps. A record is acknowledged when its transaction is.
 * @throws SecurityError ERR_OPTION
 */
export function postgresLog(options: PostgresLogOptions): AuditLog {
  checkOptions<PostgresLogOptions>('postgresLog', options, rules)
  if (options.pool === undefined) throw optionError('postgresLog', 'pool', undefined, rules.pool)
  const { pool } = options
  const schema = quoted(options.schema ?? 'sallyport_audit')
  return {
    open(settings) {
      let opened: Promise<{ identity: Identity; head: TextRow }> | undefined
      // A failure is not remembered.
      const open = () =>
        (opened ??= openHead(pool, schema, settings).catch((thrown: unknown) => {
          opened = undefined
          throw unavailable(thrown)
        }))
      const set = (column: string, value: string, text = '$1') =>
        transaction(pool, (run) => run(`UPDATE ${schema}.head SET ${column} = ${text}`, [value])).then(() => undefined)
      return {
        writer: async () => new PostgresWriter(pool, schema, (await open()).identity),
        async source() {
          const { identity } = await open()
          const [head] = await transaction(pool, (run) => run(`SELECT origin, vkeys FROM ${schema}.head`))
          return new PostgresSource(pool, schema, head!, identity.logKey)
        },
        identity: async () => (await open()).identity,
        async keepIdentity(identity) {
          const { head } = await open()
          const known = JSON.parse(head['vkeys']!) as string[]
          await set('secrets', hex(await sealSecrets(settings, identity)), "decode($1, 'hex')")
          await set('vkeys', JSON.stringify([...new Set([...vkeysOf(identity), ...known])]))
          opened = undefined
        },
        keepWitnessed: (note) => set('witnessed', note),
      }
    },
  }
}

async function openHead(
  pool: PostgresLogPool,
  schema: string,
  settings: BackendSettings,
): Promise<{ identity: Identity; head: TextRow }> {
  await makeTables(pool, schema)
  const { origin } = settings
  const made = newIdentity(origin ?? `${hostname().toLowerCase()}/audit`, settings.signingKey)
  const secrets = hex(await sealSecrets(settings, made))
  const head = await transaction(pool, async (run) => {
    await run(
      `INSERT INTO ${schema}.head (origin, size, tree, vkeys, secrets) VALUES ($1, 0, '', $2, decode($3, 'hex')) ON CONFLICT DO NOTHING`,
      [made.origin, JSON.stringify(vkeysOf(made)), secrets],
    )
    const [found] = await run(`SELECT origin, vkeys, encode(secrets, 'hex') AS secrets FROM ${schema}.head`)
    return found!
  })
  if (origin !== undefined && head['origin'] !== origin) {
    throw coreError('ERR_OPTION', {
      message: `auditLogger: option \`origin\` was '${origin}', but the log in ${schema} is '${head['origin']!}'`,
    })
  }
  const identity = {
    origin: head['origin']!,
    ...(await openSecrets(settings, head['origin']!, fromHex(head['secrets']))),
  }
  return { identity, head }
}
