import { hash } from 'node:crypto'
import type { AccountId } from '@sallyport/core'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Authenticator, Factor } from '../factor.ts'
import { field } from '../fields.ts'
import { checkPasskeyOptions, type PasskeyOptions } from './options.ts'
import { attempted } from './attempt.ts'
import { credentialIn, isFramedWell } from './response.ts'

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): named, so that what is offered is what is accepted on every Node. */
const ALGORITHMS = [-8, -7, -257]

/** What is kept of a passkey. */
export interface PasskeyData {
  /** Its id, as base64url. */
  readonly credential: string
  /** COSE, as base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports?: readonly string[]
  /** Whether it is kept in step on several devices, so that whoever holds one of them has it. */
  readonly synced: boolean
}

interface ChallengeState {
  readonly challenge: string
}

/**
 * Passkeys and security keys (WebAuthn), also those built into the device: nothing that could be typed into another site (ASVS 6.5.7).
 * @throws SecurityError ERR_OPTION
 */
export function passkeys(options: PasskeyOptions): Factor {
  checkPasskeyOptions(options)
  const { rpId, rpName, origins, topOrigins = [], userVerification = 'required', attachment, most = 10 } = options
  const expected = {
    supportedAlgorithmIDs: ALGORITHMS,
    expectedOrigin: [...origins],
    expectedRPID: rpId,
    requireUserVerification: userVerification === 'required',
  }

  return {
    kind: 'passkey',
    amr: ['pop'],
    most,
    enrolment: {
      async begin({ account, label }, fields, present) {
        const shown = await generateRegistrationOptions({
          rpID: rpId,
          rpName,
          userName: label,
          userDisplayName: label,
          userID: new Uint8Array(Buffer.from(handleOf(account), 'base64url')),
          attestationType: 'none',
          supportedAlgorithmIDs: ALGORITHMS,
          authenticatorSelection: {
            residentKey: 'preferred',
            userVerification,
            ...(attachment && { authenticatorAttachment: attachment }),
          },
          // One key is not set up twice.
          excludeCredentials: present.map(({ data }) => ({ id: (data as PasskeyData).credential })),
        })
        const state = { challenge: shown.challenge, name: field(fields, 'name', 100) }
        return { state, shown: { options: shown } }
      },
      async confirm(_context, state, fields) {
        const { challenge, name } = state as ChallengeState & { readonly name?: string }
        const credential = credentialIn(fields)
        if (!isFramedWell(credential, [])) return undefined
        const response = credential as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response']
        const verified = await attempted(() =>
          verifyRegistrationResponse({ ...expected, response, expectedChallenge: challenge }),
        )
        if (verified?.verified !== true) return undefined
        const { credential: made, credentialDeviceType } = verified.registrationInfo
        const data: PasskeyData = {
          credential: made.id,
          publicKey: Buffer.from(made.publicKey).toString('base64url'),
          counter: made.counter,
          ...(made.transports && { transports: made.transports }),
          synced: credentialDeviceType === 'multiDevice',
        }
        return { data, ...(name !== undefined && { name }) }
      },
    },
    async begin({ action }, authenticators) {
      const shown = await generateAuthenticationOptions({
        rpID: rpId,
        userVerification,
        allowCredentials: (authenticators as readonly Authenticator<PasskeyData>[]).map(({ data }) => ({
          id: data.credential,
          ...(data.transports && { transports: [...data.transports] }),
        })),
      })
      return { state: { challenge: shown.challenge }, shown: { options: shown, ...(action && { text: action.text }) } }
    },
    async verify({ account }, { authenticators, fields, state }) {
      const credential = credentialIn(fields)
      // The library takes the key that it is given, whatever id the answer says.
      const found = (authenticators as readonly Authenticator<PasskeyData>[]).find(
        ({ data }) => data.credential === credential.id,
      )
      if (found === undefined || credential.rawId !== credential.id) return undefined
      const { userHandle } = credential.response
      if (userHandle !== undefined && userHandle !== null && userHandle !== handleOf(account)) return undefined
      if (!isFramedWell(credential, topOrigins)) return undefined
      const { data } = found
      const verified = await attempted(() =>
        verifyAuthenticationResponse({
          ...expected,
          response: credential as unknown as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
          expectedChallenge: (state as ChallengeState).challenge,
          ...(topOrigins.length > 0 && { expectedTopOrigin: [...topOrigins] }),
          credential: {
            id: data.credential,
            publicKey: new Uint8Array(Buffer.from(data.publicKey, 'base64url')),
            // Given as 0, because the library looks at it before it looks at the signature.
            counter: 0,
          },
        }),
      )
      if (verified?.verified !== true) return undefined
      const { newCounter, userVerified } = verified.authenticationInfo
      // WebAuthn, section 6.1.1: a counter that does not grow is a copy of the key. Now that the signature is good, it says so.
      if ((newCounter > 0 || data.counter > 0) && newCounter <= data.counter) return undefined
      const words = [data.synced ? 'swk' : 'hwk', ...(userVerified ? ['user'] : [])]
      return { authenticator: found.id, data: { ...data, counter: newCounter }, amr: words }
    },
    // Nobody guesses a signature.
    guessesInMillion: () => 0,
  }
}

/** By what authenticators know an account: nothing that could be read (WebAuthn, section 14.6.1). */
function handleOf({ issuer, tenant, subject }: AccountId): string {
  return hash('sha256', JSON.stringify(['passkey', issuer, tenant ?? null, subject]), 'base64url')
}
