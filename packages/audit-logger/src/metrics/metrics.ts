import {
  accept,
  acceptEnvironment,
  acceptNumber,
  checkOptions,
  environmentOf,
  onSecurityEvent,
  optionError,
  type Environment,
  type OptionRules,
  type SecurityEvent,
} from '@sallyport/core'
import type { Registry } from 'prom-client'
import type { AuditLogger } from '../contract.ts'
import type { AuditRecord } from '../record/event.ts'
import { Labels } from './labels.ts'
import { makeSeries, type Series } from './series.ts'

/** Options of `auditMetrics`. */
export interface AuditMetricsOptions {
  /** Where the series are: a Registry of prom-client. */
  readonly registry: Registry
  /** The audit log, for the app's own logins and the log's health. @default none: events of Sallyport's packages only */
  readonly audit?: AuditLogger
  /** Most values of one label; more are counted as `other`. @default 100 */
  readonly maxLabelValues?: number
  /** Whether there is `cert_expiry_days`, too; `promtool` wants seconds. @default false */
  readonly certExpiryDays?: boolean
  /** @default the environment of the process */
  readonly env?: Environment
}

const rules: OptionRules<AuditMetricsOptions> = {
  registry: {
    accepts: 'a Registry of prom-client',
    test: (v) => typeof (v as Registry | null)?.registerMetric === 'function',
  },
  audit: accept.object,
  maxLabelValues: acceptNumber('values', 1, 10_000),
  certExpiryDays: accept.boolean,
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

/**
 * Counts security events for Prometheus. Answers how to stop.
 * @throws SecurityError ERR_OPTION
 */
export function auditMetrics(options: AuditMetricsOptions): () => void {
  checkOptions<AuditMetricsOptions>('auditMetrics', options, rules)
  const { registry, audit, maxLabelValues = 100 } = options
  if (registry === undefined) throw optionError('auditMetrics', 'registry', undefined, rules.registry)
  const env = environmentOf(options)
  const labels = new Labels(maxLabelValues)
  const series = makeSeries(registry, audit, options.certExpiryDays ?? false)
  const stopEvents = onSecurityEvent((event) => countEvent(series, labels, event), { env })
  const stopRecords = audit?.onRecord((record) => countRecord(series, labels, record))
  return () => {
    stopEvents()
    stopRecords?.()
  }
}

/** Detail of an event of any package, installed or not. */
type Detail = Readonly<Record<string, unknown>>

function countEvent(series: Series, labels: Labels, event: SecurityEvent): void {
  const type: string = event.type
  const detail = event.detail as Detail
  switch (type) {
    case 'authn.accepted':
      series.authAttempts.inc({ method: labels.of('method', detail['credential']), success: 'true' })
      return
    case 'gate.refused':
      if (detail['reportOnly'] !== true) countRefusal(series, labels, detail)
      return
    case 'token.refused':
      series.tokenErrors.inc({ error_type: labels.of('error_type', detail['code']) })
      return
    case 'authz.decided':
      countDecisions(series, labels, detail)
      return
    case 'health.changed':
      series.healthy.set({ part: labels.of('part', detail['part']) }, detail['healthy'] === true ? 1 : 0)
      return
    case 'certificate':
      countCertificate(series, labels, detail)
      return
    default:
      if (type.startsWith('session.')) series.sessions.inc({ event: labels.of('session', type.slice(8)) })
      if (type.startsWith('mfa.')) series.factors.inc({ event: labels.of('mfa', type.slice(4)) })
  }
}

function countRefusal(series: Series, labels: Labels, { code, status, gate }: Detail): void {
  const error_type = labels.of('error_type', code)
  if (status === 401) {
    series.authAttempts.inc({ method: labels.of('method', gate), success: 'false' })
    if (error_type.startsWith('ERR_JWT_')) series.tokenErrors.inc({ error_type })
  }
}

function countDecisions(series: Series, labels: Labels, { decisions }: Detail): void {
  for (const one of Array.isArray(decisions) ? (decisions as Detail[]) : []) {
    const { role = 'none', permission, granted, resource, action } = one
    series.permissionChecks.inc({
      role: labels.of('role', role),
      permission: labels.of('permission', permission),
      granted: String(granted === true),
    })
    if (granted !== true) {
      series.unauthorized.inc({ resource: labels.of('resource', resource), action: labels.of('action', action) })
    }
  }
}

function countCertificate(series: Series, labels: Labels, { service, daysLeft, valid, error }: Detail): void {
  if (typeof daysLeft === 'number') series.certificateExpiry.set({ service: labels.of('service', service) }, daysLeft)
  if (valid === false) series.certificateErrors.inc({ error_type: labels.of('certificate', error) })
}

/** What the app records itself; security events have been counted. */
function countRecord(series: Series, labels: Labels, { type, outcome, detail, resource }: AuditRecord): void {
  if (outcome === 'intent') return
  series.records.inc({ outcome })
  if (type.startsWith('auth.login')) {
    series.authAttempts.inc({ method: labels.of('method', type.split('.')[2]), success: String(outcome === 'success') })
  } else if (type === 'access.checked') {
    const { permission, action } = detail ?? {}
    const granted = outcome === 'success'
    series.permissionChecks.inc({
      role: 'none',
      permission: labels.of('permission', permission ?? action),
      granted: String(granted),
    })
    if (!granted)
      series.unauthorized.inc({ resource: labels.of('resource', resource?.type), action: labels.of('action', action) })
  } else if (type === 'certificate' && detail !== undefined) {
    countCertificate(series, labels, detail)
  }
}
