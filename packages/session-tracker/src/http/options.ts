import { accept, acceptNumber, checkOptions, prefixRule, type Environment, type OptionRules } from '@sallyport/core'

/** Options of `sessions.routes()`. */
export interface SessionRoutesOptions {
  /** Where the routes are: the whole path, also below a mounted router. @default '' */
  readonly prefix?: string
  /** How recent a login must be to end other sessions, in seconds (ASVS 7.5.2). @default 300 */
  readonly reauthenticateWithin?: number
  /** Permission that lets its holders manage the sessions of others, asked of rbac. @default none: there are no such routes */
  readonly adminPermission?: string
}

const rules: OptionRules<SessionRoutesOptions> = {
  prefix: prefixRule,
  reauthenticateWithin: acceptNumber('seconds', 1, 86_400),
  adminPermission: accept.string,
}

/** @throws SecurityError ERR_OPTION; ERR_PORT_ABSENT where a permission is named and nobody can tell who has it */
export function settleRoutes(options: SessionRoutesOptions, { ports }: Environment): RouteSettings {
  checkOptions<SessionRoutesOptions>('sessions.routes', options, rules)
  const { prefix = '', reauthenticateWithin = 300, adminPermission } = options
  if (adminPermission !== undefined) ports.ask('can')
  return { prefix, reauthenticateWithin, adminPermission }
}

/** The same, complete. */
export interface RouteSettings {
  readonly prefix: string
  readonly reauthenticateWithin: number
  readonly adminPermission: string | undefined
}
