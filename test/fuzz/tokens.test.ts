import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host, httpHost } from '../hosts/node-hosts.ts'
import { forgedToken } from './arbitraries/forgeries.ts'
import { wronglySpelt } from './arbitraries/misspelt-json.ts'
import { mutatedToken } from './arbitraries/mutations.ts'
import { wronglySaid } from './arbitraries/spoilt.ts'
import { patience, runs } from './runs.ts'
import { startSubject, type Subject, type Tried } from './subject.ts'
import { goodClaims, goodHeader, opening, signed } from './tokens.ts'

/** Presents a token in the header or in the cookie. */
function present({ ask }: Subject, token: string, inCookie: boolean): Promise<Tried> {
  const header = inCookie ? (['Cookie', `token=${token}`] as const) : (['Authorization', `Bearer ${token}`] as const)
  return ask({ method: 'GET', target: '/orders', headers: [['Host', 'app.test'], header] })
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
      const subject = await startSubject(host)
      await fc.assert(
        fc.asyncProperty(fc.oneof(mutatedToken, forgedToken), fc.boolean(), async (token, inCookie) => {
          const { status, reached } = await present(subject, token.replaceAll(/[\t ]+$/g, ''), inCookie)
          if (reached) expect(opening.has(token.trim()) || inCookie).toBe(true)
          else expect([400, 401, 403, 431]).toContain(status)
        }),
        runs(0.03),
      )
    },
    patience,
  )

  it(
    'attack: a token of the issuer’s that is wrong in what it says or how it is spelt',
    async () => {
      const subject = await startSubject(host)
      await fc.assert(
        fc.asyncProperty(fc.oneof(wronglySaid, wronglySpelt), async ({ why, token }) => {
          fc.pre(token.length < FITS)
          const { status, reached } = await present(subject, token, false)
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
      const subject = await startSubject(host)
      const more = fc.dictionary(meaningless, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 })
      const sub = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(more, sub, more, async (extra, sub, inHeader) => {
          const { alg, typ, kid } = goodHeader
          const { crit: _crit, b64: _b64, ...harmless } = inHeader
          const header = JSON.stringify({ ...harmless, alg, typ, kid })
          const token = signed(header, JSON.stringify({ ...extra, ...goodClaims, sub }))
          fc.pre(token.length < 8192)
          expect(await present(subject, token, false)).toMatchObject({ status: 200, reached: true })
        }),
        runs(0.02),
      )
    },
    patience,
  )
})
