import type { CatalogueEntry } from './catalogue.ts'

// OCSF 1.5.0: 3001 account change, 3002 authentication, 3003 authorize session, 3004 entity management, 3005 user access management,
// 6001 web resources activity, 6003 API activity, 6005 datastore activity. Names after OWASP's logging vocabulary (Cheat Sheet Series,
// Logging_Vocabulary_Cheat_Sheet.md, as of 2026); where it has none for an event there is none here.

/** Types of an app’s own events. */
export type AppEventType =
  | 'auth.login'
  | 'auth.login.password'
  | 'auth.login.passkey'
  | 'auth.login.otp'
  | 'auth.login.oauth'
  | 'auth.login.certificate'
  | 'auth.login.token'
  | 'auth.logout'
  | 'auth.locked'
  | 'auth.factor.enrolled'
  | 'auth.factor.removed'
  | 'user.registered'
  | 'user.updated'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.deleted'
  | 'user.password.changed'
  | 'user.password.reset-requested'
  | 'user.password.reset'
  | 'role.granted'
  | 'role.withdrawn'
  | 'access.checked'
  | 'data.read'
  | 'data.created'
  | 'data.updated'
  | 'data.deleted'
  | 'data.exported'
  | 'consent.given'
  | 'consent.withdrawn'
  | 'privacy.access-requested'
  | 'config.changed'
  | 'certificate'
  | 'network.blocked'
  | 'vulnerability.found'
  | 'vulnerability.scanned'

/** What an app records of its own login, accounts and data. */
export const appEvents: Readonly<Record<AppEventType, CatalogueEntry>> = {
  'auth.login': entry(
    'Login',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.password': entry(
    'Login by password',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.passkey': entry(
    'Login by passkey',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.otp': entry(
    'Login by one-time password',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.oauth': entry(
    'Login at another provider',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.certificate': entry(
    'Login by certificate',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.login.token': entry(
    'Login by token',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    ['authn_login_success', 'authn_login_fail'],
  ),
  'auth.logout': entry('Logout', 'authentication', 'info', [3002, 2], ['authentication', 'end'], 'session_expired'),
  'auth.locked': entry(
    'Account locked after failures',
    'authentication',
    'warning',
    [3001, 9],
    ['iam', 'change'],
    'authn_login_lock',
  ),
  'auth.factor.enrolled': entry('Second factor enrolled', 'account', 'notice', [3001, 10], ['iam', 'change']),
  'auth.factor.removed': entry('Second factor removed', 'account', 'notice', [3001, 11], ['iam', 'change']),
  'user.registered': entry('Account registered', 'account', 'info', [3001, 1], ['iam', 'creation'], 'user_created'),
  'user.updated': entry('Account changed', 'account', 'info', [3001, 99], ['iam', 'change'], 'user_updated'),
  'user.disabled': entry('Account disabled', 'account', 'notice', [3001, 5], ['iam', 'change'], 'user_updated'),
  'user.enabled': entry('Account enabled', 'account', 'notice', [3001, 2], ['iam', 'change'], 'user_updated'),
  'user.deleted': entry('Account deleted', 'account', 'notice', [3001, 6], ['iam', 'deletion'], 'user_deleted'),
  'user.password.changed': entry(
    'Password changed',
    'account',
    'notice',
    [3001, 3],
    ['iam', 'change'],
    ['authn_password_change', 'authn_password_change_fail'],
  ),
  'user.password.reset-requested': entry('Password reset requested', 'account', 'notice', [3001, 4], ['iam', 'change']),
  'user.password.reset': entry(
    'Password reset',
    'account',
    'notice',
    [3001, 4],
    ['iam', 'change'],
    ['authn_password_change', 'authn_password_change_fail'],
  ),
  'role.granted': entry('Role granted', 'account', 'notice', [3005, 1], ['iam', 'admin'], 'authz_change'),
  'role.withdrawn': entry('Role withdrawn', 'account', 'notice', [3005, 2], ['iam', 'admin'], 'authz_change'),
  'access.checked': entry(
    'Access decided',
    'authorization',
    'info',
    [3003, 1],
    ['iam', 'access'],
    [undefined, 'authz_fail'],
  ),
  'data.read': entry('Data read', 'data', 'info', [6005, 1], ['database', 'access'], 'sensitive_read'),
  'data.created': entry('Data created', 'data', 'info', [6005, 6], ['database', 'creation'], 'sensitive_create'),
  'data.updated': entry('Data changed', 'data', 'info', [6005, 2], ['database', 'change'], 'sensitive_update'),
  'data.deleted': entry('Data deleted', 'data', 'notice', [6005, 7], ['database', 'deletion'], 'sensitive_delete'),
  'data.exported': entry('Data exported', 'data', 'notice', [6005, 99], ['database', 'access'], 'sensitive_read'),
  'consent.given': entry('Consent given', 'consent', 'info', [3004, 3], ['iam', 'change']),
  'consent.withdrawn': entry('Consent withdrawn', 'consent', 'notice', [3004, 3], ['iam', 'change']),
  'privacy.access-requested': entry('A person asked for their data', 'consent', 'notice', [3004, 2], ['iam', 'access']),
  'config.changed': entry('Configuration changed', 'configuration', 'notice', [3004, 3], ['configuration', 'change']),
  certificate: entry('Certificate checked', 'network', 'info', [3002, 99], ['network', 'info'], undefined, [
    'service',
    'daysLeft',
    'valid',
    'error',
  ]),
  'network.blocked': entry('Network access blocked', 'network', 'warning', [6001, 2], ['network', 'denied']),
  'vulnerability.found': entry('Vulnerability found', 'vulnerability', 'warning', [2002, 1], ['vulnerability', 'info']),
  'vulnerability.scanned': entry(
    'Vulnerabilities looked for',
    'vulnerability',
    'info',
    [2002, 1],
    ['vulnerability', 'info'],
  ),
}

export function entry(
  title: string,
  category: CatalogueEntry['category'],
  severity: CatalogueEntry['severity'],
  ocsf: CatalogueEntry['ocsf'],
  ecs: CatalogueEntry['ecs'],
  owasp?: CatalogueEntry['owasp'],
  open?: readonly string[],
): CatalogueEntry {
  return { title, category, severity, ocsf, ecs, ...(owasp && { owasp }), ...(open && { open }) }
}
