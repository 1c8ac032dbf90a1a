import { Counter, Gauge, type Registry } from 'prom-client'
import type { AuditLogger } from '../contract.ts'

/** The series. Counters end in `_total`, as OpenMetrics and `promtool` want them to. */
export interface Series {
  readonly authAttempts: Counter<'method' | 'success'>
  readonly tokenErrors: Counter<'error_type'>
  readonly permissionChecks: Counter<'role' | 'permission' | 'granted'>
  readonly unauthorized: Counter<'resource' | 'action'>
  readonly certificateErrors: Counter<'error_type'>
  readonly certificateExpiry: { set(labels: { readonly service: string }, daysLeft: number): void }
  readonly sessions: Counter<'event'>
  readonly factors: Counter<'event'>
  readonly healthy: Gauge<'part'>
  readonly records: Counter<'outcome'>
}

/** Prometheus counts time in seconds; days are for dashboards that ask for them. */
function certificateGauges(registers: Registry[], days: boolean): Series['certificateExpiry'] {
  const gauge = (name: string, help: string): Gauge<'service'> =>
    new Gauge({ name, help, labelNames: ['service'], registers })
  const seconds = gauge('cert_expiry_seconds', 'Time until a certificate ends.')
  const inDays = days ? gauge('cert_expiry_days', 'Days until a certificate ends.') : undefined
  return {
    set({ service }, left) {
      seconds.set({ service }, left * 86_400)
      inDays?.set({ service }, left)
    },
  }
}

export function makeSeries(registry: Registry, audit: AuditLogger | undefined, days: boolean): Series {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers })
  if (audit !== undefined) {
    const health = (name: string, help: string, read: () => number): void =>
      void new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    health('audit_log_healthy', 'Whether the audit log can be written.', () => Number(audit.health().healthy))
    health('audit_log_waiting_records', 'Records that wait to be written.', () => audit.health().waiting)
  }
  return {
    authAttempts: counter('auth_attempts_total', 'Logins and credentials, by method.', ['method', 'success']),
    tokenErrors: counter('token_validation_errors_total', 'Tokens that were refused, by error.', ['error_type']),
    permissionChecks: counter('permission_checks_total', 'Permissions that were decided.', [
      'role',
      'permission',
      'granted',
    ]),
    unauthorized: counter('unauthorized_access_attempts_total', 'Permissions that were denied.', [
      'resource',
      'action',
    ]),
    certificateErrors: counter('cert_validation_errors_total', 'Certificates that were refused.', ['error_type']),
    certificateExpiry: certificateGauges(registers, days),
    sessions: counter('session_events_total', 'Sessions that began, were renewed or ended.', ['event']),
    factors: counter('mfa_events_total', 'Second factors that were asked for, given or refused.', ['event']),
    healthy: new Gauge({
      name: 'security_dependency_healthy',
      help: 'Whether a dependency answers.',
      labelNames: ['part'],
      registers,
    }),
    records: counter('audit_records_total', 'Records of the audit log.', ['outcome']),
  }
}
