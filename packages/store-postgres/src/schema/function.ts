/** How a function of the schema is made. */
export interface FunctionSource {
  /** Its name with its parameters. */
  readonly signature: string
  readonly returns?: string
  readonly declare?: string
  readonly body: string
}

/**
 * A wait for a lock ends after this long on the server, whether or not anybody still waits for the answer. Who writes says how long he waits;
 * this is for readers, whom only a change of the tables themselves can lock out.
 */
const LOCK_TIMEOUT = '500ms'

/**
 * A function for the app. It runs with the rights of whoever migrated, so that the app's role needs none on the tables. Nothing in it is
 * looked up where others can create things (CVE-2018-1058); `pg_temp` is searched first unless it is named. Its plans go by the indexes
 * whatever the statistics say: a table may be new and empty when a plan is made, and have a million rows while it is kept. On a standby it
 * answers nothing, because what is read there may have been deleted long ago.
 */
export function publicFunction(s: string, source: FunctionSource): string {
  const body = `
  if pg_is_in_recovery() then
    raise exception using errcode = '25006', message = 'a standby';
  end if;${source.body}`
  return functionOf(s, { ...source, body }, [
    'security definer',
    'set search_path = pg_catalog, pg_temp',
    `set lock_timeout = '${LOCK_TIMEOUT}'`,
    'set enable_seqscan = off',
    'set jit = off',
    'set plan_cache_mode = force_generic_plan',
  ])
}

/** A function for the other functions only, with whose rights and settings it runs. */
export function innerFunction(s: string, source: FunctionSource): string {
  return functionOf(s, source, [])
}

function functionOf(s: string, source: FunctionSource, clauses: readonly string[]): string {
  const { signature, returns, declare, body } = source
  const name = signature.slice(0, signature.indexOf('('))
  return [
    `create or replace function ${s}.${signature}`,
    ...(returns === undefined ? [] : [`returns ${returns}`]),
    'language plpgsql volatile',
    ...clauses,
    'as $sallyport$',
    '#variable_conflict use_column',
    ...(declare === undefined ? [] : [`declare${declare}`]),
    `begin${body}`,
    'end',
    '$sallyport$;',
    `revoke all on function ${s}.${name} from public;`,
    '',
  ].join('\n')
}
