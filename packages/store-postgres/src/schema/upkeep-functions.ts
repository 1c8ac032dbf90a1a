import { lockSeed } from '../identifiers.ts'
import { innerFunction, publicFunction } from './function.ts'
import { slotOf } from './tables.ts'

/** What the other functions stand on, and the sweep. */
export function upkeepFunctions(s: string, schema: string): string {
  return [
    publicFunction(s, {
      signature: 'schema_version()',
      returns: 'text',
      body: `
  return (select max(m.version) from ${s}.migrations m);`,
    }),

    // How long who calls has patience with a lock, in milliseconds. The other setting is no clause of the functions because it would end with
    // them, before the commit that it is for.
    innerFunction(s, {
      signature: 'begin_write(p_patience integer)',
      returns: 'void',
      body: `
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = 'SP001', message = 'the store needs READ COMMITTED';
  end if;
  if current_setting('transaction_read_only') = 'on' then
    raise exception using errcode = '25006', message = 'read-only';
  end if;
  perform set_config('lock_timeout', p_patience::text, true);
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;`,
    }),

    innerFunction(s, {
      signature: 'lock_entries(p_partition bytea, p_ids bytea[])',
      returns: 'void',
      declare: `
  partition_lock bigint := hashtextextended(encode(p_partition, 'hex'), ${lockSeed(schema, 'entry')});
  one bigint;`,
      // By far the most commits are of one change.
      body: `
  if cardinality(p_ids) = 1 then
    perform pg_advisory_xact_lock(partition_lock # (hashtextextended(encode(p_ids[1], 'hex'), 0) & 63));
    return;
  end if;
  for one in
    select distinct partition_lock # (hashtextextended(encode(k.id, 'hex'), 0) & 63) as key
    from unnest(p_ids) as k (id) order by key
  loop
    perform pg_advisory_xact_lock(one);
  end loop;`,
    }),

    // Answers how much was removed, or NULL where another node sweeps. 'p_exact' also looks at what has ended in the slot that runs.
    publicFunction(s, {
      signature: 'sweep(p_most integer, p_exact boolean, p_alone boolean)',
      returns: 'text',
      declare: `
  moment timestamptz := clock_timestamp();
  due integer := ${slotOf('moment', 'floor')} + p_exact::integer;
  count integer;
  removed integer := 0;`,
      body: `
  if p_alone and not pg_try_advisory_xact_lock(${lockSeed(schema, 'sweep')}) then
    return null;
  end if;${['entries', 'counters', 'records'].map((table) => sweepOf(s, table)).join('')}
  return removed;`,
    }),
  ].join('')
}

/** Whoever uses a row just now keeps it: it is swept later. */
function sweepOf(s: string, table: string): string {
  return `
  delete from ${s}.${table} where ctid = any (array(
    select ctid from ${s}.${table}
    where slot <= due and expires_at <= moment order by slot limit p_most for update skip locked
  ));
  get diagnostics count = row_count;
  removed := removed + count;`
}
