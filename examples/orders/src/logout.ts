import type { Principal, Revocation } from '@sallyport/core'
import { OrderError } from './order.ts'

/**
 * What takes the caller's token out of use until it would have ended.
 * @throws OrderError 400 for a token that cannot be told from others; those of RFC 9068 can
 */
export function logoutOf({ issuer, credential }: Principal): Revocation {
  const { id, expiresAt } = credential
  if (id === undefined || expiresAt === undefined)
    throw new OrderError(400, 'This token has no id and cannot be revoked')
  return { kind: 'token', issuer, id, expiresAt, reason: 'logout' }
}
