import { GENERATIONS, NOW, PROLONG } from './parts.ts'
import { script, type Script } from './script.ts'

/** How long the head of a log lives that nobody uses, in milliseconds: 400 days. */
const HEAD = 34_560_000_000

/**
 * How long a record stays when it has ended, in milliseconds: an hour. By it a node that has not read for so long can tell that
 * its numbers were given to other records.
 */
const WITNESS = 3_600_000

/** Ended records that leave whenever a log is used: more than come, so that they never pile up. */
const SWEPT = 100

/** Removes records whose time has come to leave, as many at most. */
function sweep(most: number): string {
  return `
local gone = redis.call('ZRANGE', KEYS[3], '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, ${most})
if #gone > 0 then redis.call('ZREM', KEYS[3], unpack(gone)) end
for _, number in ipairs(gone) do redis.call('ZREMRANGEBYSCORE', KEYS[2], number, number) end`
}

/*
 * A log is three keys. The head holds its generation, the number of its newest record, and that record's tag: chance that
 * another record of the same number does not have. Records are sorted by their numbers; each is eight bytes of tag, fifteen digits of when it
 * ends, and the value. Another sorted set knows when they leave.
 *
 * KEYS: head, records, leaving. ARGV begins with: chance for a new generation; the generation that the caller knows; the number and tag
 * of the newest record that the caller knows of, '' where it knows nothing.
 *
 * Whoever knows of more than there is tells by that that the log has lost something: a server that came back empty, a replica
 * that took over before it had everything. The log then begins a new generation in the same step.
 */
const OPEN = `
${NOW}
${GENERATIONS}
${PROLONG}
local chance, known, seen, tag = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local head = redis.call('HMGET', KEYS[1], 'g', 'n', 't')
local generation, last, lastTag = head[1], tonumber(head[2] or 0), head[3] or ''

if not generation then
  local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  if #newest > 0 then last, lastTag = tonumber(newest[2]), string.sub(newest[1], 1, 8) end
end

local function hasLost()
  if not seen then return false end
  if not generation or newer(known, generation) then return true end
  if generation ~= known then return false end
  if last < seen then return true end
  if seen == 0 then return false end
  if last == seen then return lastTag ~= tag end
  local record = redis.call('ZRANGE', KEYS[2], ARGV[3], ARGV[3], 'BYSCORE')[1]
  return record and string.sub(record, 1, 8) ~= tag
end
local held = generation
if hasLost() then
  generation = birth(chance, known)
elseif not held or newer(known, held) then
  generation = known
end
if generation ~= held then
  redis.call('HSET', KEYS[1], 'g', generation, 'n', string.format('%.0f', last), 't', lastTag)
end

${sweep(SWEPT)}`

/*
 * ARGV goes on with: the tag of the record; its value; its time to live.
 * Answers the generation and the record's number.
 *
 * The number never begins anew: the head outlives every record, and the longest silence by far. Should it be gone all the same, whoever
 * has seen it before begins a new generation, in which everything may begin anew.
 *
 * A full server takes it: what fills it must not thereby stop a revocation.
 */
export const append: Script = script(
  'allowed',
  OPEN,
  `
local tag, ttl = ARGV[5], tonumber(ARGV[7])
local number = string.format('%.0f', last + 1)
redis.call('HSET', KEYS[1], 'g', generation, 'n', number, 't', tag)
redis.call('ZADD', KEYS[2], number, tag .. string.format('%015.0f', now + ttl) .. ARGV[6])
local stays = ttl + ${WITNESS}
redis.call('ZADD', KEYS[3], now + stays, number)
prolong(KEYS[1], math.max(stays, ${HEAD}))
prolong(KEYS[2], stays)
prolong(KEYS[3], stays)
-- A hint: where it may not be published, the record is there all the same.
redis.pcall('PUBLISH', KEYS[1], '')
return { generation, last + 1 }`,
)

/*
 * ARGV goes on with: after which record; how many.
 * Answers the generation, the number and tag of the newest record, 1 when there is more, and then numbers and records by turns.
 */
export const read: Script = script(
  'allowed',
  OPEN,
  `
local after, limit = tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('PTTL', KEYS[1]) < ${HEAD / 2} then prolong(KEYS[1], ${HEAD}) end
local page = { generation, last, lastTag, 0 }
local from = '(' .. ARGV[5]
local full = 4 + 2 * limit
while after < last and page[4] == 0 do
  local wanted = limit + 1 - (#page - 4) / 2
  local records = redis.call('ZRANGE', KEYS[2], from, '+inf', 'BYSCORE', 'LIMIT', 0, wanted, 'WITHSCORES')
  for i = 1, #records, 2 do
    if tonumber(string.sub(records[i], 9, 23)) > now then
      if #page == full then
        page[4] = 1
        break
      end
      page[#page + 1] = tonumber(records[i + 1])
      page[#page + 1] = records[i]
    end
  end
  if #records < 2 * wanted then break end
  from = '(' .. records[#records]
end
return page`,
)

/*
 * KEYS: head, records, leaving. Answers how many ended records it removed, and '' when there are no more.
 */
export const tidyLog: Script = script(
  'allowed',
  NOW,
  `
${sweep(500)}
return { #gone, #gone == 500 and '-' or '' }`,
)

/*
 * KEYS: the store's generation. ARGV: chance for a new one; the generation that the caller knows, or ''; 'log' when it learnt of it from
 * a log, which the store may not have heard of yet.
 * Answers the generation.
 */
export const generation: Script = script(
  'allowed',
  NOW,
  GENERATIONS,
  `
local held, known = redis.call('GET', KEYS[1]), ARGV[2]
if known ~= '' and (held and newer(known, held) or not held and ARGV[3] == 'log') then held = known end
if not held then held = birth(ARGV[1], known ~= '' and known) end
redis.call('SET', KEYS[1], held, 'PX', ${HEAD})
return held`,
)
