import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { jwtAuth, type JwtClaims, type JwtPrincipal, type StandardSchema } from '@sallyport/jwt-auth'
import { guarded, testEnvironment, testIssuer, type GuardedApp } from './support/app.ts'
import type { TestIssuer } from './support/test-issuer.ts'

const audience = 'orders-api'

type Claims = Readonly<Record<string, unknown>>

async function scene(claims: StandardSchema<Claims>): Promise<GuardedApp & { issuer: TestIssuer }> {
  const issuer = await testIssuer()
  const auth = jwtAuth({ issuer: issuer.issuer, audience, claims, env: testEnvironment() })
  return { issuer, ...(await guarded(auth, ({ seen }) => auth.principalOf(seen).claims)) }
}

/** The same in each library: an e-mail address that must be there, and a department that may be. */
const libraries = [
  ['zod', z.object({ email: z.email(), department: z.string().default('none') })],
  ['valibot', v.object({ email: v.pipe(v.string(), v.email()), department: v.optional(v.string(), 'none') })],
  ['arktype', type({ '+': 'delete', email: 'string.email', department: "string = 'none'" })],
] as const

describe.each(libraries)('claims with a schema of %s', (_library, schema) => {
  it('are what the schema makes of them', async () => {
    const { issuer, ask } = await scene(schema)
    const token = await issuer.token({ claims: { email: 'alice@example.com' } })
    // The second one comes from the cache.
    for (let i = 0; i < 2; i++) {
      const answer = await ask(token)
      expect(JSON.parse(answer.text)).toEqual({ email: 'alice@example.com', department: 'none' })
    }
  })

  it.each([
    ['missing', undefined],
    ['of the wrong kind', 42],
    ['of the wrong form', 'very-private'],
    ['null', null],
  ])('are refused when one is %s, with nothing of its value', async (_case, email) => {
    const { issuer, ask, app } = await scene(schema)
    const answer = await ask(await issuer.token({ claims: { email } }))
    expect(answer).toMatchObject({
      status: 401,
      code: 'ERR_JWT_CLAIMS',
      challenge: expect.stringContaining('error="invalid_token"') as string,
    })
    expect(answer.text + String((app.errors[0] as Error).stack)).not.toMatch(/very-private|email/)
  })

  it('leave who the principal is to the token', async () => {
    const issuer = await testIssuer()
    const auth = jwtAuth({ issuer: issuer.issuer, audience, claims: schema, env: testEnvironment() })
    const { ask } = await guarded(auth, ({ principal }) => ({ ...principal, claims: undefined }))
    const token = await issuer.token({ claims: { email: 'a@b.de', roles: ['clerk'], scope: 'a b', sid: 's' } })
    expect(JSON.parse((await ask(token)).text)).toMatchObject({
      subject: 'alice',
      roles: ['clerk'],
      scopes: ['a', 'b'],
      sid: 's',
    })
  })
})

describe('a schema', () => {
  it('is asked once for each token', async () => {
    let asked = 0
    const counting = z.looseObject({ sub: z.string() }).refine(() => ++asked > 0)
    const { issuer, ask } = await scene(counting)
    const token = await issuer.token()
    for (let i = 0; i < 3; i++) expect((await ask(token)).status).toBe(200)
    expect(asked).toBe(1)
    await ask(await issuer.token())
    expect(asked).toBe(2)
  })

  it('is not asked about what is no good token', async () => {
    let asked = 0
    const { issuer, ask } = await scene(z.looseObject({}).refine(() => ++asked > 0))
    expect((await ask(await issuer.token({ claims: { exp: 1 } }))).code).toBe('ERR_JWT_EXPIRED')
    expect((await ask(`${(await issuer.token()).slice(0, -8)}AAAAAAAA`)).code).toBe('ERR_JWT_SIGNATURE')
    expect(asked).toBe(0)
  })

  it('may take its time with a token that is new', async () => {
    const known = new Set(['alice'])
    const slow = z.looseObject({ sub: z.string().refine((sub) => Promise.resolve(known.has(sub))) })
    const { issuer, ask } = await scene(slow)
    expect((await ask(await issuer.token())).status).toBe(200)
    expect((await ask(await issuer.token({ claims: { sub: 'bob' } }))).code).toBe('ERR_JWT_CLAIMS')
  })

  it('can change claims, also those that the check itself goes by', async () => {
    const { issuer, ask } = await scene(z.object({ exp: z.number().transform((exp) => new Date(exp * 1000)) }))
    const token = await issuer.token({ claims: { exp: 4_102_444_800 } })
    for (let i = 0; i < 2; i++) expect((await ask(token)).text).toBe('{"exp":"2100-01-01T00:00:00.000Z"}')
  })

  it('gives no request the means to change what the next one sees', async () => {
    const issuer = await testIssuer()
    const claims = z.object({ nested: z.object({ list: z.array(z.string()) }) })
    const auth = jwtAuth({ issuer: issuer.issuer, audience, claims, env: testEnvironment() })
    const { ask } = await guarded(auth, ({ seen }) => {
      const { nested } = auth.principalOf(seen).claims
      expect(() => nested.list.push('admin')).toThrow(TypeError)
      expect(() => Object.assign(nested, { list: ['admin'] })).toThrow(TypeError)
      return nested
    })
    const token = await issuer.token({ claims: { nested: { list: [] } } })
    for (let i = 0; i < 2; i++) expect((await ask(token)).text).toBe('{"list":[]}')
  })

  it('that throws, or makes no object of claims, refuses with 503 and not with a word of the token', async () => {
    const throwing = z.looseObject({}).transform((claims): Claims => {
      throw new Error(`cannot read ${JSON.stringify(claims)}`)
    })
    const flat = z.looseObject({ sub: z.string() }).transform(({ sub }) => sub as unknown as Claims)
    for (const schema of [throwing, flat]) {
      const { issuer, ask } = await scene(schema)
      const answer = await ask(await issuer.token({ claims: { sub: 'very-private' } }))
      expect(answer).toMatchObject({ status: 503, code: 'ERR_GATE_FAILED' })
      expect(answer.text).not.toContain('very-private')
    }
  })
})

describe('types', () => {
  const id = { issuer: 'https://id.example.com/', audience, jwksUri: 'https://id.example.com/jwks' }

  it('are those of the schema', () => {
    const env = testEnvironment()
    const [, zod] = libraries[0]
    const [, valibot] = libraries[1]
    const [, ark] = libraries[2]
    type ClaimsOf<Auth extends { principalOf(seen: object): JwtPrincipal<Claims> }> = ReturnType<
      Auth['principalOf']
    >['claims']
    const auths = {
      zod: jwtAuth({ ...id, claims: zod, env }),
      valibot: jwtAuth({ ...id, claims: valibot, env }),
      ark: jwtAuth({ ...id, claims: ark, env }),
      plain: jwtAuth({ ...id, env }),
      dated: jwtAuth({ ...id, claims: z.object({ exp: z.number().transform((exp) => new Date(exp)) }), env }),
    }
    expectTypeOf<ClaimsOf<typeof auths.zod>>().toEqualTypeOf<{ email: string; department: string }>()
    expectTypeOf<ClaimsOf<typeof auths.valibot>>().toEqualTypeOf<{ email: string; department: string }>()
    expectTypeOf<ClaimsOf<typeof auths.ark>>().toEqualTypeOf<{ email: string; department: string }>()
    expectTypeOf<ClaimsOf<typeof auths.plain>>().toEqualTypeOf<JwtClaims>()
    expectTypeOf<ClaimsOf<typeof auths.dated>>().toEqualTypeOf<{ exp: Date }>()
    const optional = jwtAuth({ ...id, claims: zod, required: false, env })
    expectTypeOf(optional.principalOf).returns.toEqualTypeOf<
      JwtPrincipal<{ email: string; department: string }> | undefined
    >()
    // @ts-expect-error: claims are an object
    const wrong = (): unknown => jwtAuth({ ...id, claims: z.string(), env })
    expect(wrong).toBeTypeOf('function')
  })
})
