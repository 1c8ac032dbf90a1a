import { randomBytes } from 'node:crypto'
import { recoveryCodes, totp, type Authenticator, type Factor } from '@sallyport/mfa-gate'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { mfaApp, PASSWORD } from './support/app.ts'

/** What people have on a printed card: one word to each number. */
interface Card {
  readonly words: Readonly<Record<string, string>>
  readonly used: readonly string[]
}

/** A factor that an app has written by the contract alone: asks for one word of a card, each once. */
const card: Factor = {
  kind: 'card',
  amr: ['kba'],
  most: 1,
  enrolment: {
    async begin() {
      const words = Object.fromEntries(['1', '2'].map((n) => [n, randomBytes(10).toString('hex')]))
      return { enrolled: { data: { words, used: [] } satisfies Card, shown: { words } } }
    },
  },
  async begin(_context, authenticators) {
    const { words, used } = authenticators[0]!.data as Card
    const ask = Object.keys(words).find((n) => !used.includes(n))
    return ask === undefined ? undefined : { state: { ask }, shown: { ask } }
  },
  async verify(_context, { authenticators, fields, state }) {
    const { id, data } = authenticators[0] as Authenticator<Card>
    const { ask } = state as { ask: string }
    if (data.used.includes(ask) || fields['word'] !== data.words[ask]) return undefined
    return { authenticator: id, data: { ...data, used: [...data.used, ask] } }
  },
  guessesInMillion: () => 0,
}

describeHosts('a factor that an app has written', (host) => {
  it('is set up, asked for, verified, demanded by name and listed like others', async () => {
    const factors = [totp({ issuer: 'Shop' }), recoveryCodes(), card]
    const route = ({ mfa }: { mfa: { require(demand: object): never } }) => [mfa.require({ anyOf: [['card']] })]
    const { browser, events } = await mfaApp({ host, factors, route: route as never })
    const ada = browser()
    const set = await ada.post('/mfa/enroll', { factor: 'card', password: PASSWORD })
    expect(set.status).toBe(201)
    const { words } = set.body as unknown as { words: Record<string, string> }
    expect((await ada.get('/orders')).status).toBe(401)
    const asked = await ada.post('/mfa/challenge', { factor: 'card' })
    const { challenge, ask } = asked.body as unknown as { challenge: string; ask: string }
    const wrong = await ada.post('/mfa/verify', { factor: 'card', challenge, word: 'wrong' })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'ERR_MFA_REFUSED'])
    const right = { factor: 'card', challenge, word: words[ask]! }
    expect((await ada.post('/mfa/verify', right)).body).toMatchObject({ amr: ['pwd', 'card', 'kba', 'mfa'] })
    expect((await ada.get('/orders')).status).toBe(200)
    expect((await ada.post('/mfa/verify', right)).status).toBe(400)
    expect(events.of('mfa.verified').map(({ detail }) => detail.method)).toEqual(['card'])
    expect((await ada.get('/mfa/status')).body.authenticators).toMatchObject([{ kind: 'card', name: 'card' }])
  })

  it('cannot get single use wrong: of one hundred answers to one challenge one is accepted', async () => {
    const { browser } = await mfaApp({ host, factors: [card], budgets: { perChallenge: 20, perAddress: 10_000 } })
    const ada = browser()
    const { words } = (await ada.post('/mfa/enroll', { factor: 'card', password: PASSWORD })).body as never as Card
    const asked = (await ada.post('/mfa/challenge', { factor: 'card' })).body as never as Record<string, string>
    const right = { factor: 'card', challenge: asked['challenge'], word: words[asked['ask']!] }
    const answers = await Promise.all(Array.from({ length: 100 }, () => ada.post('/mfa/verify', right)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })
})
