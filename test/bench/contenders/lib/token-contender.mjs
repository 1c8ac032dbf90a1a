import { readFileSync } from 'node:fs'
import { requestWith, responseTo } from './messages.mjs'

const drawn = 1 << 17

/**
 * Makes a contender of the token suite.
 * @param create gets the verifier's material and gives a new verifier: `(token) => void | Promise<void>` that throws or
 *   rejects for a bad token, with a `close()` where it holds something
 * @param floor what the bench itself does for one token of this contender: made, looked at, dropped
 * @param missing algorithms that it does not have, with the reason
 */
export function tokenContender({ create, floor, missing = {} }) {
  return async (material) => {
    const unavailable = missing[material.algorithm]
    if (unavailable !== undefined) return { unavailable }
    const { primer, cold, bad } = material
    const pool = readFileSync(material.poolFile, 'utf8').split('\n')
    const check = await create(material)
    let fresh

    return {
      operations: {
        floor: over(pool.slice(0, 1000), floor),
        // A verifier that never saw these tokens, but has its key ready.
        cold: {
          async before() {
            await fresh?.close?.()
            fresh = await create(material)
            await fresh(primer)
          },
          run: (count) => drive(fresh, (index) => cold[index], count),
        },
        ...Object.fromEntries(material.pools.map((size) => [`pool ${size}`, over(pool.slice(0, size), check)])),
      },
      calls: {
        /** What was decided wrongly. */
        async wrong() {
          const wrong = []
          const never = (error) => wrong.push(`a good token was refused: ${error.message}`)
          await Promise.resolve(pool[0]).then(check).catch(never)
          for (const [name, token] of Object.entries(bad)) {
            const refused = await Promise.resolve(token)
              .then(check)
              .then(
                () => false,
                () => true,
              )
            if (!refused) wrong.push(`accepted: ${name}`)
          }
          return wrong
        },
        /** Offers every token of a pool once. */
        async fill(size) {
          for (let start = 0; start < size; start += 64) {
            await Promise.all(pool.slice(start, Math.min(start + 64, size)).map(check))
          }
        },
      },
    }
  }
}

/** An operation over tokens drawn at random, with the same draws for everybody. */
function over(tokens, check) {
  const order = Uint32Array.from({ length: drawn }, (_, index) => Math.imul(index + 1, 2_654_435_761) >>> 0)
  let position = 0
  const next = () => tokens[order[position++ & (drawn - 1)] % tokens.length]
  return { run: (count) => drive(check, next, count) }
}

/** One after the other. Whoever answers synchronously is not made to pay for a promise. */
async function drive(check, tokenAt, count) {
  for (let index = 0; index < count; index++) {
    const pending = check(tokenAt(index))
    if (pending !== undefined) await pending
  }
}

/** A check of `(req, res, next)` handlers in a row. */
export function expressCheck(...handlers) {
  return (token) => {
    const req = requestWith(token)
    const res = responseTo(req)
    let settled = false
    let failure
    let settle
    const done = (error) => {
      settled = true
      failure = error === undefined || error instanceof Error ? error : new Error(String(error))
      settle?.()
    }
    res.onRefused = () => done(new Error('refused by a response'))
    let index = 0
    const next = (error) => {
      if (error || index === handlers.length) done(error)
      else handlers[index++](req, res, next)
    }
    next()
    if (settled) {
      if (failure) throw failure
      return undefined
    }
    return new Promise((resolve, reject) => {
      settle = () => (failure ? reject(failure) : resolve())
    })
  }
}

/** What `expressCheck` costs without a handler, the reading of the headers included. */
export function expressFloor(token) {
  const req = requestWith(token)
  const res = responseTo(req)
  res.onRefused = undefined
  if (req.headers.authorization === undefined) throw new Error('no header')
}
