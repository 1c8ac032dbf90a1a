// Pieces of Lua that several scripts share. Lua's own `<` between texts depends on the server's locale: only numbers are compared.

/**
 * Lets a key live for so long at least, and an eighth or a minute longer, so that what is renewed all the time need not be each time: that
 * would be one more write to every replica.
 */
export const PROLONG = `
local function prolong(key, ttl)
  if redis.call('PTTL', key) < ttl then
    redis.call('PEXPIRE', key, string.format('%.0f', ttl + math.min(math.floor(ttl / 8), 60000)))
  end
end`

export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/**
 * Generations: the time of birth in milliseconds, a dash, and chance in hexadecimal digits. Of two the later one counts, wherever it is
 * found, so that what is kept in several places comes to agree.
 */
export const GENERATIONS = `
local function parts(generation)
  local since, chance = string.match(generation, '^(%d+)-(%x+)$')
  return tonumber(since), tonumber(chance, 16)
end
local function newer(one, other)
  if one == other then return false end
  local since, chance = parts(one)
  local otherSince, otherChance = parts(other)
  if since ~= otherSince then return since > otherSince end
  return chance > otherChance
end
local function birth(chance, known)
  local at = now
  if known then at = math.max(at, parts(known) + 1) end
  return string.format('%.0f-%s', at, chance)
end`
