import { PROLONG } from './parts.ts'
import { script, type Script } from './script.ts'

/** Members of an owner's list that a new one makes the server look at. */
const LOOKED_AT = 2

/** A list this short is left as it is. */
const FEW = 8

/*
 * KEYS: of the entries in the order of the changes; with what the owners' keys begin.
 * ARGV: for each change its condition ('' none, 'a' absent, 'p' present, 'n' never, or the nine bytes of a version), its time to live
 * ('' to delete), and the entry ('' to delete).
 * Answers 0, or which change's condition did not hold, counted from 1.
 *
 * An owner's list is a sorted set in which all have the score 0: it is in the order of the ids by itself, and a page of it is found at once
 * wherever it begins. That an entry has ended is seen by its absence. Ended members leave when the list is read, and a few, drawn at
 * random, whenever one is added: in a list that lives there are never many more ended than live ones.
 */
const COMMIT = `
${PROLONG}
local count = #KEYS - 1
local owners = KEYS[count + 1]
local entries = string.sub(owners, 1, -3) .. 'e:'

-- The owner of an entry, and where its name ends.
local function owner(entry)
  local length = string.byte(entry, 10)
  if length == 0 then return nil, 10 end
  if length < 255 then return string.sub(entry, 11, 9 + length), 9 + length end
  local high, low = string.byte(entry, 11, 12)
  length = high * 256 + low
  return string.sub(entry, 13, 12 + length), 12 + length
end

local heads = {}
for i = 1, count do
  local head = redis.call('GETRANGE', KEYS[i], 0, 263)
  local condition = ARGV[3 * i - 2]
  if condition == 'n' or condition == 'a' and head ~= '' or condition == 'p' and head == '' then return i end
  if #condition == 9 and string.sub(head, 1, 9) ~= condition then return i end
  if string.byte(head, 10) == 255 then head = redis.call('GETRANGE', KEYS[i], 0, 6200) end
  heads[i] = head
end

local function sweep(list)
  if redis.call('ZCARD', list) <= ${FEW} then return end
  for _, id in ipairs(redis.call('ZRANDMEMBER', list, ${LOOKED_AT})) do
    if redis.call('EXISTS', entries .. id) == 0 then redis.call('ZREM', list, id) end
  end
end

for i = 1, count do
  local key, head, ttl, entry = KEYS[i], heads[i], ARGV[3 * i - 1], ARGV[3 * i]
  local id = string.sub(key, #owners + 1)
  local was, ends
  if head ~= '' then was, ends = owner(head) end
  if ttl == '' then
    redis.call('DEL', key)
    if was then redis.call('ZREM', owners .. was, id) end
  else
    local is = owner(entry)
    if was and not is then
      entry = string.sub(entry, 1, 9) .. string.sub(head, 10, ends) .. string.sub(entry, 11)
      is = was
    end
    redis.call('SET', key, entry, 'PX', ttl)
    if was and was ~= is then redis.call('ZREM', owners .. was, id) end
    if is then
      local list = owners .. is
      if was ~= is then
        redis.call('ZADD', list, 0, id)
        sweep(list)
      end
      prolong(list, tonumber(ttl))
    end
  end
end
return 0`

export const commit: Script = script('refused', COMMIT)

/** The same for changes that only delete: whoever signs out is signed out, also when the server is full. */
export const remove: Script = script('allowed', COMMIT)

/*
 * KEYS: an owner's list; with what the keys of the entries begin.
 * ARGV: after where to begin, as a bound of the order; how many; the owner as an entry has it.
 * Answers ids and entries by turns. A member whose entry has ended, or was made anew for somebody else, leaves the list.
 */
export const list: Script = script(
  'allowed',
  `
local from, limit = ARGV[1], tonumber(ARGV[2])
local found, gone = {}, {}
while #found < 2 * limit do
  local wanted = limit - #found / 2
  local ids = redis.call('ZRANGE', KEYS[1], from, '+', 'BYLEX', 'LIMIT', 0, wanted)
  for at = 1, #ids, 1000 do
    local keys = {}
    for i = at, math.min(at + 999, #ids) do keys[#keys + 1] = KEYS[2] .. ids[i] end
    for i, entry in ipairs(redis.call('MGET', unpack(keys))) do
      if entry and string.sub(entry, 10, 9 + #ARGV[3]) == ARGV[3] then
        found[#found + 1] = ids[at + i - 1]
        found[#found + 1] = entry
      else
        gone[#gone + 1] = ids[at + i - 1]
      end
    end
  end
  if #ids < wanted then break end
  from = '(' .. ids[#ids]
end
for at = 1, #gone, 1000 do
  redis.call('ZREM', KEYS[1], unpack(gone, at, math.min(at + 999, #gone)))
end
return found`,
)

/*
 * KEYS: a counter. ARGV: by how much, its time to live.
 * Answers the count as text, because clients read long numbers inexactly; or nothing where a number could not say it exactly.
 */
export const increment: Script = script(
  'refused',
  `
local count = redis.call('GET', KEYS[1])
if not count then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
local sum = tonumber(count) + tonumber(ARGV[1])
if sum > 9007199254740991 or sum < -9007199254740991 then return false end
return string.format('%.0f', redis.call('INCRBY', KEYS[1], ARGV[1]))`,
)

/*
 * KEYS: an owner's list; with what the keys of the entries begin. ARGV: after where to begin.
 * Answers how many ended members it removed, and where to go on ('' at the end).
 */
export const tidyList: Script = script(
  'allowed',
  `
local ids = redis.call('ZRANGE', KEYS[1], ARGV[1], '+', 'BYLEX', 'LIMIT', 0, 500)
local removed = 0
for _, id in ipairs(ids) do
  if redis.call('EXISTS', KEYS[2] .. id) == 0 then removed = removed + redis.call('ZREM', KEYS[1], id) end
end
return { removed, #ids == 500 and '(' .. ids[#ids] or '' }`,
)
