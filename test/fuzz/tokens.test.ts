import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host, httpHost } from '../hosts/node-hosts.ts'
import { forgedToken } from './arbitraries/forgeries.ts'
import { wronglySpelt } from './arbitraries/misspelt-json.ts'
import { mutatedToken } from './arbitraries/mutations.ts'
import { wronglySaid } from './arbitraries/spoilt.ts'
import { mayPass } from './oracle.ts'
import { patience, runs } from './runs.ts'
import { startSubject } from './subject.ts'
import { goodClaims, goodHeader, signed } from './tokens.ts'
import type { WireRequest } from './wire.ts'

/** A request that presents a token in the header or in the cookie. */
function presenting(token: string, inCookie = false): WireRequest {
  const header = inCookie ? (['Cookie', `token=${token}`] as const) : (['Authorization', `Bearer ${token}`] as const)
  return { method: 'GET', target: '/orders', headers: [['Host', 'app.test'], header] }
}

/** Node itself refuses heads above 16 KiB with 431. */
const FITS = 12_000

/** No member that means something; not in the way of `JSON.stringify` either. */
const meaningless = fc
  .string({ maxLength: 12 })
  .filter(
    (name) =>
      !/^(?:__proto__|act|amr|acr|aud|azp|cnf|events|exp|iat|iss|jti|nbf|nonce|roles|scp|scope|sid|sub|auth_time|client_id|token_use|.*_hash)$/.test(
        name,
      ),
  )

describe.each([express5Host, koa3Host, httpHost].map((host) => [host.name, host] as const))('on %s', (_name, host) => {
  it(
    'attack: a token that nobody signed, or somebody else',
    async () => {
      const { ask } = await startSubject(host)
      await fc.assert(
        fc.asyncProperty(fc.oneof(mutatedToken, forgedToken), fc.boolean(), async (token, inCookie) => {
          const request = presenting(token, inCookie)
          const { status, reached } = await ask(request)
          if (reached) expect(mayPass(request)).toBe(true)
          else expect([400, 401, 403]).toContain(status)
        }),
        runs(0.03),
      )
    },
    patience,
  )

  it(
    'attack: a token of the issuer’s that is wrong in what it says or how it is spelt',
    async () => {
      const { ask } = await startSubject(host)
      await fc.assert(
        fc.asyncProperty(fc.oneof(wronglySaid, wronglySpelt), async ({ why, token }) => {
          fc.pre(token.length < FITS)
          const { status, reached } = await ask(presenting(token))
          expect([why, status, reached]).toEqual([why, 401, false])
        }),
        runs(0.04),
      )
    },
    patience,
  )

  it(
    'a token of the issuer’s opens whatever else it says',
    async () => {
      const { ask } = await startSubject(host)
      const more = fc.dictionary(meaningless, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
      const sub = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(more, sub, more, async (extra, sub, inHeader) => {
          const { alg, typ, kid } = goodHeader
          const { crit: _crit, b64: _b64, ...harmless } = inHeader
          const header = JSON.stringify({ ...harmless, alg, typ, kid })
          const token = signed(header, JSON.stringify({ ...extra, ...goodClaims, sub }))
          fc.pre(token.length < 8192)
          expect(await ask(presenting(token))).toMatchObject({ status: 200, reached: true })
        }),
        runs(0.02),
      )
    },
    patience,
  )
})
