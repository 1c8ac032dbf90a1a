import { publicFunction } from './function.ts'
import { slotOf } from './tables.ts'

/**
 * Counting: one statement, which holds the counter's row. Answers NULL, and changes nothing, where the sum would be no safe integer of
 * JavaScript.
 */
export function counterFunctions(s: string): string {
  return publicFunction(s, {
    signature: 'increment(p_patience integer, p_partition bytea, p_id bytea, p_by bigint, p_ttl float8)',
    returns: 'text',
    declare: `
  home bytea := sha256(p_partition);
  moment timestamptz := clock_timestamp();
  ends timestamptz := moment + p_ttl * interval '1 millisecond';
  answer text;`,
    body: `
  perform ${s}.begin_write(p_patience);
  insert into ${s}.counters as c (partition_hash, id, total, expires_at, slot)
  values (home, p_id, p_by, ends, ${slotOf('ends', 'ceil')})
  on conflict (partition_hash, id) do update set
    total = excluded.total + case when c.expires_at > moment then c.total else 0 end,
    expires_at = case when c.expires_at > moment then c.expires_at else excluded.expires_at end,
    slot = case when c.expires_at > moment then c.slot else excluded.slot end
  where c.expires_at <= moment or c.total + excluded.total between -9007199254740991 and 9007199254740991
  returning c.total into answer;
  return answer;`,
  })
}
