import { entry } from './app-events.ts'
import type { CatalogueEntry } from './catalogue.ts'

const decision = ['granted', 'permissions', 'quantifier', 'roles', 'missing', 'policy']

/** Types of Sallyport’s events. */
export type OwnEventType =
  | 'gate.refused'
  | 'gate.failed'
  | 'authn.accepted'
  | 'authz.decided'
  | 'authz.policy'
  | 'revocation.recorded'
  | 'health.changed'
  | 'token.issued'
  | 'token.refused'
  | 'token.reused'
  | 'token.revoked'
  | 'signing-key.changed'
  | 'session.created'
  | 'session.renewed'
  | 'session.ended'
  | 'audit.closed'
  | 'audit.recovered'
  | 'audit.gap'
  | 'audit.read'
  | 'audit.exported'
  | 'audit.forgotten'
  | 'audit.subject-exported'
  | 'audit.key-rotated'
  | 'audit.pruned'
  | 'audit.hold'
  | 'audit.checkpoint'

/** What Sallyport's packages and the log itself record. */
export const ownEvents: Readonly<Record<OwnEventType, CatalogueEntry>> = {
  'gate.refused': entry('Request refused', 'authorization', 'warning', [3003, 1], ['web', 'denied'], 'authz_fail', [
    'gate',
    'code',
    'status',
    'reportOnly',
  ]),
  'gate.failed': entry(
    'A security check failed to run',
    'availability',
    'alert',
    [6003, 99],
    ['process', 'error'],
    undefined,
    ['gate', 'name', 'code', 'at'],
  ),
  'authn.accepted': entry(
    'Credential accepted',
    'authentication',
    'info',
    [3002, 1],
    ['authentication', 'start'],
    'authn_login_success',
    ['by', 'credential'],
  ),
  'authz.decided': entry(
    'Permission decided',
    'authorization',
    'info',
    [3003, 1],
    ['iam', 'access'],
    [undefined, 'authz_fail'],
    decision,
  ),
  'authz.policy': entry(
    'Policy came into force',
    'configuration',
    'notice',
    [3004, 3],
    ['configuration', 'change'],
    'authz_change',
    ['applied', 'version', 'previous', 'source', 'code', 'why'],
  ),
  'revocation.recorded': entry(
    'Revocation recorded',
    'session',
    'notice',
    [3002, 2],
    ['session', 'end'],
    'authn_token_revoked',
    ['kind', 'reason'],
  ),
  'health.changed': entry(
    'A dependency changed its state',
    'availability',
    'warning',
    [6003, 99],
    ['process', 'change'],
    undefined,
    ['part', 'healthy', 'detail'],
  ),
  'token.issued': entry(
    'Token issued',
    'token',
    'info',
    [3003, 1],
    ['authentication', 'start'],
    'authn_token_created',
    ['grant', 'client', 'expiresAt', 'scopes'],
  ),
  'token.refused': entry(
    'Token refused',
    'token',
    'warning',
    [3002, 1],
    ['authentication', 'denied'],
    'authn_login_fail',
    ['endpoint', 'code'],
  ),
  'token.reused': entry(
    'Refresh token used twice',
    'token',
    'alert',
    [3002, 99],
    ['intrusion_detection', 'info'],
    'authn_token_reuse',
    ['client'],
  ),
  'token.revoked': entry(
    'Token revoked',
    'token',
    'notice',
    [3002, 2],
    ['authentication', 'end'],
    'authn_token_revoked',
    ['kind', 'reason', 'client'],
  ),
  'signing-key.changed': entry(
    'Signing key changed',
    'configuration',
    'notice',
    [3004, 3],
    ['configuration', 'change'],
    undefined,
    ['change', 'issuer', 'kid'],
  ),
  'session.created': entry('Session began', 'session', 'info', [3002, 1], ['session', 'start'], 'session_created'),
  'session.renewed': entry('Session renewed', 'session', 'info', [3002, 99], ['session', 'info'], 'session_renewed'),
  'session.ended': entry('Session ended', 'session', 'info', [3002, 2], ['session', 'end'], 'session_expired', [
    'reason',
  ]),
  'audit.closed': entry('Recording ended', 'audit', 'info', [6003, 99], ['process', 'end'], 'sys_shutdown'),
  'audit.recovered': entry(
    'A torn end of the log was cut',
    'audit',
    'warning',
    [6003, 99],
    ['process', 'change'],
    'sys_crash',
    ['bytes', 'sha256', 'segment'],
  ),
  'audit.gap': entry(
    'Records were not taken',
    'audit',
    'alert',
    [6003, 99],
    ['process', 'error'],
    'sys_monitor_disabled',
    ['count', 'from', 'to'],
  ),
  'audit.read': entry('The audit log was read', 'audit', 'notice', [6005, 1], ['database', 'access'], 'sensitive_read'),
  'audit.exported': entry(
    'The audit log was exported',
    'audit',
    'notice',
    [6005, 99],
    ['database', 'access'],
    'sensitive_read',
  ),
  'audit.forgotten': entry(
    'A person was forgotten',
    'consent',
    'notice',
    [3004, 4],
    ['iam', 'deletion'],
    'sensitive_delete',
  ),
  'audit.subject-exported': entry(
    'A person’s data was exported',
    'consent',
    'notice',
    [3004, 2],
    ['iam', 'access'],
    'sensitive_read',
  ),
  'audit.key-rotated': entry(
    'The log’s signing key changed',
    'audit',
    'notice',
    [3004, 3],
    ['configuration', 'change'],
  ),
  'audit.pruned': entry(
    'Old records were deleted',
    'audit',
    'notice',
    [6005, 7],
    ['database', 'deletion'],
    'sensitive_delete',
  ),
  'audit.checkpoint': entry('A checkpoint of another log', 'audit', 'info', [3004, 2], ['configuration', 'info']),
  'audit.hold': entry('Legal hold set or lifted', 'audit', 'notice', [3004, 3], ['configuration', 'change']),
}
