import {
  createEnvironment,
  createKeyRing,
  createMemoryStore,
  createRecall,
  identify,
  nearest,
  sealedStore,
  SecurityError,
} from '@sallyport/core'
import { jwtAuth } from '@sallyport/jwt-auth'
import { rbac } from '@sallyport/rbac'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { patience, runs } from './runs.ts'

const env = createEnvironment()
afterAll(() => env.close())

/** Values of all kinds, plausible ones among them. */
const value = fc.oneof(
  {
    arbitrary: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withTypedArray: true,
    }),
    weight: 3,
  },
  {
    arbitrary: fc.constantFrom<unknown>(
      'https://id.test/',
      'orders-api',
      ['a'],
      [],
      {},
      { keys: [] },
      { keys: [null] },
      [null],
      [{}],
      null,
    ),
    weight: 2,
  },
  {
    arbitrary: fc.constantFrom<unknown>(
      Number.NaN,
      -1,
      Infinity,
      Symbol('s'),
      () => undefined,
      new Proxy({}, {}),
      '-----BEGIN CERTIFICATE-----',
      '__proto__',
    ),
    weight: 1,
  },
)

const secret = fc.stringMatching(/^[!-~]{24,80}$/)

const factories: Readonly<Record<string, readonly [make: (options: never) => unknown, names: readonly string[]]>> = {
  jwtAuth: [
    (options: object) => jwtAuth({ env, ...options } as never),
    [
      'issuer',
      'audience',
      'issuers',
      'algorithms',
      'rolesClaim',
      'tenantClaim',
      'jwksUri',
      'discoveryUrl',
      'jwks',
      'publicKey',
      'secret',
      'required',
      'leeway',
      'acceptPlainJwt',
      'cookie',
      'query',
      'maxTokenBytes',
      'realm',
      'cacheSize',
      'keyFetch',
      'onStoreFailure',
      'audiance',
    ],
  ],
  rbac: [
    (options: object) => rbac({ env, ...options } as never),
    ['permissions', 'roles', 'scopes', 'services', 'tenancy', 'policy', 'serviceOf', 'role'],
  ],
  identify: [
    (options: object) => identify(() => undefined, { env, ...options } as never),
    ['required', 'issuer', 'challenge', 'onStoreFailure', 'isuer'],
  ],
  createEnvironment: [
    (options: object) => createEnvironment(options).close(),
    [
      'storeDeadline',
      'trustedProxies',
      'forwardedHeader',
      'allowedOrigins',
      'asyncContext',
      'revocationPollInterval',
      'clock',
      'store',
      'keyRing',
      'trustProxies',
    ],
  ],
  createMemoryStore: [createMemoryStore as never, ['maxEntries', 'maxBytes', 'clock', 'maxEntry']],
  createKeyRing: [createKeyRing as never, ['keys', 'rotateAfter', 'sealsPerKey', 'clock', 'key']],
  'a key of createKeyRing': [(key: object) => createKeyRing({ keys: [key as never] }), ['id', 'key', 'kid']],
  sealedStore: [
    (options: object) => sealedStore(createMemoryStore(), options as never),
    ['keyRing', 'acceptPlain', 'keyring'],
  ],
  createRecall: [
    (options: object) => createRecall(env, options),
    ['onStoreFailure', 'maxEntries', 'maxBytes', 'maxAge', 'onFailure'],
  ],
}

describe.each(Object.entries(factories))('%s()', (_name, [make, names]) => {
  it(
    'takes any options there are, or refuses them at construction with ERR_OPTION',
    () => {
      const some = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5, noNullPrototype: true })
      fc.assert(
        fc.property(fc.oneof({ arbitrary: some, weight: 5 }, { arbitrary: value, weight: 1 }), (options) => {
          try {
            make(options as never)
          } catch (thrown) {
            expect(SecurityError.is(thrown) && thrown.code).toBe('ERR_OPTION')
          }
        }),
        runs(0.01),
      )
    },
    patience,
  )
})

it(
  'no message of jwtAuth() repeats a secret or a key',
  () => {
    fc.assert(
      fc.property(secret, fc.constantFrom('secret', 'publicKey', 'jwks'), (hidden, name) => {
        const shown = name === 'jwks' ? { keys: [{ kty: 'oct', k: hidden }] } : hidden
        for (const wrong of [shown, [shown], { nested: shown }]) {
          try {
            jwtAuth({ issuer: 'https://id.test/', audience: 'a', [name]: wrong, env } as never)
          } catch (thrown) {
            expect(String(thrown)).not.toContain(hidden)
          }
        }
      }),
      runs(0.01),
    )
  },
  patience,
)

it(
  'the near miss is one of the known words, and the word itself is its own',
  () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[a-z][a-zA-Z]{2,14}$/), {
      minLength: 1,
      maxLength: 8,
      selector: (word) => word.toLowerCase(),
    })
    fc.assert(
      fc.property(words, fc.string(), fc.nat(), (known, given, pick) => {
        const found = nearest(given, known)
        if (found !== undefined) expect(known).toContain(found)
        const word = known[pick % known.length]!
        expect(nearest(word, known)).toBe(word)
        expect(nearest(word.toUpperCase(), known)).toBe(word)
        // In other people's spelling.
        expect(
          nearest(
            word.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
            known,
          ),
        ).toBe(word)
      }),
      runs(0.02),
    )
  },
  patience,
)
