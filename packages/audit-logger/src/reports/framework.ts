/** A control of a framework, and what in the log is evidence of it. */
export interface ReportControl {
  /** As the framework names it. */
  readonly id: string
  readonly title: string
  /** Types of events, or beginnings of types such as `auth.*`, that evidence it. */
  readonly evidence: readonly string[]
}

/** A framework, or a template of one's own. */
export interface ReportFramework {
  readonly name: string
  /** Where the identifiers of controls were taken from. */
  readonly source: string
  readonly controls: readonly ReportControl[]
}

export function control(id: string, title: string, ...evidence: readonly string[]): ReportControl {
  return { id, title, evidence }
}

type EvidenceKind =
  | 'access'
  | 'authentication'
  | 'accounts'
  | 'termination'
  | 'passwords'
  | 'data'
  | 'changes'
  | 'availability'
  | 'network'
  | 'vulnerabilities'
  | 'log'

/** Kinds of evidence that several frameworks ask for. */
export const evidence: Readonly<Record<EvidenceKind, readonly string[]>> = {
  access: ['authz.decided', 'access.checked', 'gate.refused'],
  authentication: ['authn.accepted', 'auth.login*', 'auth.logout', 'auth.locked', 'session.*', 'token.*'],
  accounts: [
    'user.registered',
    'user.updated',
    'user.disabled',
    'user.enabled',
    'user.deleted',
    'role.*',
    'auth.factor.*',
  ],
  termination: ['user.disabled', 'user.deleted', 'role.withdrawn', 'revocation.recorded', 'session.ended'],
  passwords: ['user.password.*'],
  data: ['data.*'],
  changes: ['authz.policy', 'config.changed', 'signing-key.changed', 'audit.key-rotated'],
  availability: ['health.changed', 'gate.failed', 'audit.recovered', 'audit.gap'],
  network: ['certificate', 'network.blocked'],
  vulnerabilities: ['vulnerability.*'],
  log: ['audit.read', 'audit.exported', 'audit.pruned', 'audit.hold', 'audit.closed', 'audit.gap', 'audit.recovered'],
}
