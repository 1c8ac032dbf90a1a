import type { Route } from '@sallyport/core'
import { accountOf } from '../account.ts'
import { field } from '../fields.ts'
import { done, forLogin, told, type RouteContext } from './context.ts'

/** The routes by which people see and revoke the browsers that they trust. */
export function deviceRoutes(context: RouteContext): readonly Route[] {
  const { devices, memory } = context.settings
  return [
    forLogin(context, ['GET', 'mfa/devices'], async ({ state }) =>
      told({ devices: await devices.list(accountOf(state.principal)) }),
    ),
    forLogin(context, ['POST', 'mfa/devices/revoke'], async ({ exchange, state, fields }) => {
      const account = accountOf(state.principal)
      const id = field(fields, 'device', 40)
      // Trusting less needs no proof: it is what one does who is worried.
      if (id === undefined) await devices.revokeAll(account, exchange)
      else await devices.revoke(account, id, exchange)
      memory.clear()
      return done
    }),
  ]
}
