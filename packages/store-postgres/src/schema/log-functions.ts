import { publicFunction } from './function.ts'
import { recordSlotOf } from './tables.ts'

/** Appending to and reading logs, and the generation. */
export function logFunctions(s: string): string {
  return [
    publicFunction(s, {
      signature: 'generation(out id text, out since text)',
      body: `
  select g.id, floor(extract(epoch from g.since) * 1000) into strict id, since from ${s}.generation g;`,
    }),

    // The head's row stays locked until the record is committed: whoever sees a record sees all before it.
    publicFunction(s, {
      signature:
        'append(p_patience integer, p_log bytea, p_value bytea, p_ttl float8, out generation text, out index text, out tag text)',
      declare: `
  log bytea := sha256(p_log);
  ends timestamptz;
  next bigint;
  mark uuid := gen_random_uuid();`,
      body: `
  perform ${s}.begin_write(p_patience);
  insert into ${s}.logs as l (log_hash, last) values (log, 1)
  on conflict (log_hash) do update set last = l.last + 1
  returning l.last into next;
  ends := clock_timestamp() + p_ttl * interval '1 millisecond';
  insert into ${s}.records (log_hash, index, tag, expires_at, slot, value)
  values (log, next, mark, ends, ${recordSlotOf('ends')}, p_value);
  select g.id, next, mark into strict generation, index, tag from ${s}.generation g;`,
    }),

    // Begins anew: for who knows this generation, so that of many who notice one loss only the first does; or for an operator, who names none.
    publicFunction(s, {
      signature: 'new_generation(p_known uuid default null)',
      returns: 'void',
      body: `
  perform ${s}.begin_write(1000);
  update ${s}.generation g set id = gen_random_uuid(), since = clock_timestamp()
  where p_known is null or g.id = p_known;`,
    }),

    // Who asks says which record of this generation he knows to be there. If it is not, or is another one, this is an older copy of the data:
    // a backup was restored, or a standby took over that had not received everything.
    publicFunction(s, {
      signature:
        'read_since(p_log bytea, p_after bigint, p_limit integer, p_generation uuid, p_seen bigint, p_tag uuid)',
      returns: 'table (generation text, last text, index text, tag text, value text)',
      declare: `
  log bytea := sha256(p_log);`,
      body: `
  if p_seen is not null and exists (
    select from ${s}.generation g
    where g.id = p_generation and (
      not exists (select from ${s}.logs l where l.log_hash = log and l.last >= p_seen)
      or exists (select from ${s}.records r where r.log_hash = log and r.index = p_seen and r.tag <> p_tag)
    )
  ) then
    perform ${s}.new_generation(p_generation);
  end if;
  return query
    select g.id::text, coalesce(l.last, 0)::text, r.index::text, r.tag::text, encode(r.value, 'hex')
    from ${s}.generation g
    left join ${s}.logs l on l.log_hash = log
    left join lateral (
      select n.index, n.tag, n.value from ${s}.records n
      where n.log_hash = log and n.index > p_after and n.expires_at > clock_timestamp()
      order by n.index limit p_limit + 1
    ) r on true
    order by r.index;`,
    }),
  ].join('')
}
