import type { SecurityError } from '@sallyport/core'
import { rbacError } from './errors.ts'

/**
 * The caller is known and may not. What is missing is not told, with one exception: a client whose token was made too narrow for
 * what its owner may do is told the scopes to ask for (RFC 6750, section 3.1).
 *
 * @param scopes what to ask the issuer for, where that would help
 */
export function forbidden(scopes: readonly string[]): SecurityError {
  if (scopes.length === 0) return rbacError('ERR_RBAC_FORBIDDEN')
  const wanted = [...new Set(scopes)].join(' ')
  return rbacError('ERR_RBAC_FORBIDDEN', {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${wanted}"` },
  })
}
