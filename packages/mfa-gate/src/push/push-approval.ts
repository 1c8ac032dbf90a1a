import { randomBytes, randomInt } from 'node:crypto'
import type { Authenticator, Factor } from '../factor.ts'
import { inTime } from '../in-time.ts'
import { qrOf } from '../qr.ts'
import { checkPushOptions, type PushApprovalOptions } from './options.ts'
import { demandQuiet, type PhoneData, type PhoneToEnrol, type PushState } from './phone.ts'
import { pushRoutes } from './routes.ts'

/**
 * Approval on a phone, with number matching: the screen shows two digits, the phone asks for them and signs its answer with a key that never
 * leaves it.
 * @throws SecurityError ERR_OPTION
 */
export function pushApproval(options: PushApprovalOptions): Factor {
  checkPushOptions(options)
  const { send, page, most = 3, timeout = 10_000 } = options
  return {
    kind: 'push',
    amr: ['pop'],
    most,
    sends: true,
    enrolment: {
      begin() {
        const code = randomBytes(15).toString('base64url')
        const state: PhoneToEnrol = { code }
        return Promise.resolve({
          state,
          shown: async (name) => {
            const uri = `${page}#enrol.${name}.${code}`
            return { uri, qr: await qrOf(uri) }
          },
        })
      },
      confirm(_context, state) {
        const { phone } = state as PhoneToEnrol
        if (phone === undefined) return Promise.resolve({ pending: true })
        const { name, ...data } = phone
        return Promise.resolve({ data, name })
      },
    },
    async begin({ account, environment, action }, authenticators) {
      await demandQuiet(environment, account)
      const state: PushState = { number: String(randomInt(10, 100)) }
      const phones = authenticators as readonly Authenticator<PhoneData>[]
      return {
        state,
        shown: { number: state.number, ...(action && { text: action.text }) },
        send: async (challenge) => {
          const url = `${page}#answer.${challenge}`
          const pushes = phones.map(({ data: { address } }) =>
            inTime(environment.clock, timeout, () =>
              send({ account, address, challenge, url, ...(action && { action }) }),
            ),
          )
          // One phone that is reached will do.
          await Promise.any(pushes)
        },
      }
    },
    verify(_context, { authenticators, state }) {
      const { decision, authenticator } = state as PushState
      if (decision === undefined) return Promise.resolve({ pending: true })
      const known = authenticators.some(({ id }) => id === authenticator)
      return Promise.resolve(decision === 'approved' && known ? { authenticator: authenticator! } : undefined)
    },
    // The number is no secret to whoever asks, and nothing is let in without the phone's key.
    guessesInMillion: () => 0,
    routes: pushRoutes,
  }
}
