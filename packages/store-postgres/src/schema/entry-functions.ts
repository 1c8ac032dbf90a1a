import { publicFunction } from './function.ts'
import { slotOf } from './tables.ts'

/**
 * Reading, changing and listing entries.
 *
 * A commit holds an advisory lock on each key that it is about, also on those that are not there yet, and looks only then: in READ COMMITTED
 * every statement of a volatile function sees what was committed before it. The locks are taken in the order of their numbers by
 * everybody, so that nobody waits in a circle, and there are at most 64 for a partition, so that a long commit does not
 * fill the server's lock table.
 */
export function entryFunctions(s: string): string {
  return [
    publicFunction(s, {
      signature: 'get(p_partition bytea, p_id bytea)',
      returns: 'table (value text, version text)',
      body: `
  return query
    select encode(e.value, 'hex'), e.version::text from ${s}.entries e
    where e.partition_hash = sha256(p_partition) and e.id = p_id and e.expires_at > clock_timestamp();`,
    }),

    // A condition is 'none', 'absent', 'present' or a version. A step without a value deletes.
    publicFunction(s, {
      signature:
        'commit(p_patience integer, p_partition bytea, p_ids bytea[], p_conditions text[], p_values bytea[], p_ttls float8[], p_owners bytea[], out failed text, out versions text)',
      declare: `
  home bytea := sha256(p_partition);
  moment timestamptz;
  ends timestamptz;
  present uuid;
  given uuid[];`,
      body: `
  perform ${s}.begin_write(p_patience);
  perform ${s}.lock_entries(home, p_ids);
  moment := clock_timestamp();

  for i in 1 .. cardinality(p_ids) loop
    continue when p_conditions[i] = 'none';
    select e.version into present from ${s}.entries e
    where e.partition_hash = home and e.id = p_ids[i] and e.expires_at > moment;
    if (case p_conditions[i]
      when 'absent' then found
      when 'present' then not found
      else not found or present::text <> p_conditions[i]
    end) then
      failed := i - 1;
      return;
    end if;
  end loop;

  for i in 1 .. cardinality(p_ids) loop
    if p_values[i] is null then
      delete from ${s}.entries e where e.partition_hash = home and e.id = p_ids[i];
      given[i] := null;
    else
      given[i] := gen_random_uuid();
      ends := moment + p_ttls[i] * interval '1 millisecond';
      insert into ${s}.entries as e (partition_hash, id, owner_key, version, expires_at, slot, value)
      values (home, p_ids[i], sha256(home || p_owners[i]), given[i], ends, ${slotOf('ends', 'ceil')}, p_values[i])
      on conflict (partition_hash, id) do update set
        owner_key = coalesce(excluded.owner_key, case when e.expires_at > moment then e.owner_key end),
        version = excluded.version,
        expires_at = excluded.expires_at,
        slot = excluded.slot,
        value = excluded.value;
    end if;
  end loop;
  versions := array_to_string(given, ',', '');`,
    }),

    publicFunction(s, {
      signature: 'list_owned(p_partition bytea, p_owner bytea, p_after bytea, p_limit integer)',
      returns: 'table (id text, value text, version text)',
      declare: `
  owner bytea := sha256(sha256(p_partition) || p_owner);`,
      // Two statements: with a condition on p_after within one, a plan for all cases would not begin in the middle of the index.
      body: `
  if p_after is null then
    return query
      select encode(e.id, 'hex'), encode(e.value, 'hex'), e.version::text from ${s}.entries e
      where e.owner_key = owner and e.expires_at > clock_timestamp()
      order by e.id limit p_limit;
  else
    return query
      select encode(e.id, 'hex'), encode(e.value, 'hex'), e.version::text from ${s}.entries e
      where e.owner_key = owner and e.id > p_after and e.expires_at > clock_timestamp()
      order by e.id limit p_limit;
  end if;`,
    }),
  ].join('')
}
