import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { anyToken } from './arbitraries/any-token.ts'
import { anyProof, jkt } from './arbitraries/any-proof.ts'
import { intended, isIntended, isProofIntended } from './beyond.ts'
import { publishedKeys, type SigningKey } from './keys.ts'
import { patience, runs } from './runs.ts'
import { goodClaims, NOW } from './tokens.ts'
import {
  jsonwebtokenVerifier,
  oauth4webapiProofVerifier,
  oauth4webapiVerifier,
  ourProofVerifier,
  ourVerifier,
} from './verifiers.ts'

it(
  'accepts no token that jsonwebtoken or oauth4webapi refuses, and refuses beyond them only what it means to',
  async () => {
    // oauth4webapi goes by the machine's clock.
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    const ours = ourVerifier()
    const others = [
      { name: 'jsonwebtoken', verify: jsonwebtokenVerifier(), lacks: ['EdDSA'] },
      { name: 'oauth4webapi', verify: oauth4webapiVerifier(), lacks: ['HS256'] },
    ]
    const seen = new Map<string, number>()
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
    try {
      await fc.assert(
        // What HTTP carries: no control characters, and no white space at the end.
        fc.asyncProperty(anyToken, async (raw) => {
          const token = raw.trim()
          fc.pre(/^[\x20-\x7e\x80-\xff]+$/.test(token))
          const code = await ours(token)
          for (const { name, verify, lacks } of others) {
            const reason = await verify(token)
            if (code === undefined) {
              if (!lacks.includes(algorithmOf(token)))
                expect({ name, token, reason }).toEqual({ name, token, reason: undefined })
            } else if (reason === undefined) {
              expect({ name, token, code, intended: isIntended(code, token) }).toEqual({
                name,
                token,
                code,
                intended: true,
              })
              count(`${code}, beyond ${name}`)
            }
          }
          count(code ?? 'accepted')
        }),
        runs(1, 0.2),
      )
    } finally {
      vi.useRealTimers()
    }
    // A comparison in which nothing is accepted, or nothing differs, shows nothing.
    expect(seen.get('accepted')).toBeGreaterThan(10)
    const beyond = Object.keys(intended).filter((code) =>
      others.some(({ name }) => seen.has(`${code}, beyond ${name}`)),
    )
    expect(beyond).toEqual(expect.arrayContaining(['ERR_JWT_MALFORMED', 'ERR_JWT_TYPE', 'ERR_JWT_CLAIMS']))
    if (process.env['FUZZ_STATISTICS'] !== undefined)
      process.stdout.write(`${JSON.stringify(Object.fromEntries(seen))}\n`)
  },
  patience,
)

it(
  'accepts no DPoP proof that oauth4webapi refuses, and refuses beyond it only what it means to',
  async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    const [key] = publishedKeys
    const token = signedWith(key!, { typ: 'at+jwt', alg: key!.alg, kid: key!.kid }, { ...goodClaims, cnf: { jkt } })
    const [ours, theirs] = [ourProofVerifier(token), oauth4webapiProofVerifier(token)]
    const used = new Set<unknown>()
    let accepted = 0
    let beyond = 0
    try {
      await fc.assert(
        fc.asyncProperty(anyProof(token), async (raw) => {
          const proof = raw.trim()
          fc.pre(/^[\x20-\x7e\x80-\xff]+$/.test(proof))
          const [code, reason] = [await ours(proof), await theirs(proof)]
          if (code === undefined) {
            used.add(idOf(proof))
            expect({ proof, reason }).toEqual({ proof, reason: undefined })
            accepted++
          } else if (reason === undefined) {
            const known = code === 'ERR_JWT_PROOF_REPLAYED' ? used.has(idOf(proof)) : isProofIntended(proof)
            expect({ proof, code, known }).toEqual({ proof, code, known: true })
            beyond++
          }
        }),
        runs(0.3, 0.1),
      )
    } finally {
      vi.useRealTimers()
    }
    expect(accepted).toBeGreaterThan(10)
    expect(beyond).toBeGreaterThan(10)
  },
  patience,
)

function signedWith(key: SigningKey, header: object, claims: object): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${key.sign(input).toString('base64url')}`
}

function idOf(proof: string): unknown {
  return (JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as { jti: unknown }).jti
}

function algorithmOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { alg: string }).alg
}
