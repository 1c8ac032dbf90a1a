import { timingSafeEqual } from 'node:crypto'
import type { Answer, Exchange } from '@sallyport/core'
import type { FoundChallenge } from '../challenges.ts'
import { mfaError } from '../errors.ts'
import type { Authenticator, FactorRoute, FactorServices } from '../factor.ts'
import { field, readFields, requiredField } from '../fields.ts'
import { deviceOf, isSigned, publicKeyOf, signedText, type PushAnswer } from './message.ts'
import { pushPage } from './page.ts'
import { beQuiet, type PhoneData, type PhoneToEnrol, type PushState } from './phone.ts'

/**
 * The routes of phones: they have no login, and need none. What they show is the code of the QR code, or the signature of the key that was set
 * up.
 */
export function pushRoutes(services: FactorServices): readonly FactorRoute[] {
  const { environment, challenges, authenticators, maxBodyBytes, prefix } = services
  const page = pushPage(`${prefix}/mfa/push`)

  async function find(name: string): Promise<FoundChallenge> {
    const found = await challenges.named(name)
    if (found?.kind !== 'push') throw mfaError('ERR_MFA_CHALLENGE')
    return found
  }

  async function register(exchange: Exchange): Promise<Answer> {
    const fields = await readFields(exchange, maxBodyBytes)
    const found = await find(requiredField(fields, 'enrolment', 60))
    const { code, phone } = found.state as PhoneToEnrol
    const given = requiredField(fields, 'code', 60)
    const isRight = given.length === code.length && timingSafeEqual(Buffer.from(given), Buffer.from(code))
    if (found.purpose !== 'enrol' || phone !== undefined || !isRight) throw mfaError('ERR_MFA_CHALLENGE')
    const key = requiredField(fields, 'public_key', 400)
    if (publicKeyOf(key) === undefined) throw mfaError('ERR_MFA_REQUEST')
    const name = field(fields, 'name', 100) ?? 'phone'
    const state: PhoneToEnrol = { code, phone: { key, address: field(fields, 'address', 4000) ?? '', name } }
    // The first phone is the one.
    if (!(await challenges.update(found, state))) throw mfaError('ERR_MFA_CHALLENGE')
    return json({ device: deviceOf(key) }, 201)
  }

  /** What a phone may know of a push before it answers. */
  async function pending(exchange: Exchange): Promise<Answer> {
    const fields = await readFields(exchange, maxBodyBytes)
    const found = await waiting(requiredField(fields, 'challenge', 60))
    return json({
      ...(found.action && { text: found.action.text, action: found.action.hash }),
      expires_in: Math.ceil((found.expiresAt - environment.clock.now()) / 1000),
    })
  }

  async function respond(exchange: Exchange): Promise<Answer> {
    const fields = await readFields(exchange, maxBodyBytes)
    const challenge = requiredField(fields, 'challenge', 60)
    const decision = requiredField(fields, 'decision', 10)
    if (decision !== 'approve' && decision !== 'deny') throw mfaError('ERR_MFA_REQUEST')
    const found = await waiting(challenge)
    const phone = await phoneOf(found, requiredField(fields, 'device', 60))
    const number = field(fields, 'number', 10) ?? ''
    const answer: PushAnswer = { challenge, decision, number, action: found.action?.hash ?? '' }
    const signed = phone && isSigned(signedText(answer), requiredField(fields, 'signature', 100), phone.data.key)
    if (phone === undefined || !signed) throw mfaError('ERR_MFA_REFUSED')
    const { state, account } = found
    const { number: expected } = state as PushState
    const approved = decision === 'approve' && number === expected
    const next: PushState = { number: expected, decision: approved ? 'approved' : 'denied', authenticator: phone.id }
    // The first answer is the one.
    if (!(await challenges.update(found, next))) throw mfaError('ERR_MFA_CHALLENGE')
    const action = approved ? 'approved' : decision === 'deny' ? 'denied' : 'mistaken'
    if (decision === 'deny') await beQuiet(environment, account)
    await environment.publish('mfa.push', { action }, exchange)
    return json({ approved })
  }

  async function waiting(name: string): Promise<FoundChallenge> {
    const found = await find(name)
    if (found.purpose === 'enrol' || (found.state as PushState).decision !== undefined)
      throw mfaError('ERR_MFA_CHALLENGE')
    return found
  }

  async function phoneOf({ account }: FoundChallenge, device: string): Promise<Authenticator<PhoneData> | undefined> {
    const phones = (await authenticators.list(account, 'push')) as readonly Authenticator<PhoneData>[]
    return phones.find(({ data }) => deviceOf(data.key) === device)
  }

  return [
    { method: 'GET', path: 'mfa/push', answer: () => Promise.resolve(page) },
    { method: 'POST', path: 'mfa/push/register', answer: register },
    { method: 'POST', path: 'mfa/push/pending', answer: pending },
    { method: 'POST', path: 'mfa/push/respond', answer: respond },
  ]
}

function json(body: object, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  }
}
