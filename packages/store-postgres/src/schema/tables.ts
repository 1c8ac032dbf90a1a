/** Seconds of one slot. */
const SLOT = 900

/** Slots for which a record is kept after it has ended: a day, in which who was cut off can still compare it with what he has read. */
const WITNESS = 96

/** The slot in which something that ends then can be swept: a quarter of an hour of PostgreSQL's clock, numbered from 1970. */
export function slotOf(time: string, round: 'ceil' | 'floor'): string {
  return `${round}(extract(epoch from ${time}) / ${SLOT})::integer`
}

/** The slot in which a record that ends then can be swept. */
export function recordSlotOf(time: string): string {
  return `${slotOf(time, 'ceil')} + ${WITNESS}`
}

/**
 * The tables. Partitions and logs are named by their SHA-256, because a row of an index holds 2,704 bytes and a name may have more; who reads the
 * tables does not read there whose entries they are. An owner is named together with his partition: so only one index can serve a list, and
 * no plan is made for another.
 *
 * The end of an entry is in no index, its slot is. A session that is renewed with each request keeps its slot for a quarter of an hour: until
 * then its updates touch no index and leave nothing for VACUUM (heap-only tuples), for which each page keeps some room.
 */
export function tables(s: string): string {
  return `
create table ${s}.generation (
  only_row boolean primary key default true check (only_row),
  id uuid not null,
  since timestamptz not null
);
insert into ${s}.generation (id, since) values (gen_random_uuid(), clock_timestamp());

create table ${s}.entries (
  partition_hash bytea not null,
  id bytea not null,
  owner_key bytea,
  version uuid not null,
  expires_at timestamptz not null,
  slot integer not null,
  value bytea not null,
  primary key (partition_hash, id)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index entries_by_owner on ${s}.entries (owner_key, id) where owner_key is not null;
create index entries_by_slot on ${s}.entries (slot);

create table ${s}.counters (
  partition_hash bytea not null,
  id bytea not null,
  total bigint not null,
  expires_at timestamptz not null,
  slot integer not null,
  primary key (partition_hash, id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index counters_by_slot on ${s}.counters (slot);

create table ${s}.logs (
  log_hash bytea primary key,
  last bigint not null
) with (fillfactor = 70);

create table ${s}.records (
  log_hash bytea not null,
  index bigint not null,
  tag uuid not null,
  expires_at timestamptz not null,
  slot integer not null,
  value bytea not null,
  primary key (log_hash, index)
);
create index records_by_slot on ${s}.records (slot);
`
}
