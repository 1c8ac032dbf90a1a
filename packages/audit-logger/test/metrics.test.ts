import { spawnSync } from 'node:child_process'
import { auditMetrics } from '@sallyport/audit-logger/metrics'
import type { Environment } from '@sallyport/core'
import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import { installDebian, mayInstall } from '../../../test/servers/debian.ts'
import { findProgram } from '../../../test/servers/programs.ts'
import { refusal, scene } from './support.ts'

const decision = (granted: boolean) => ({
  permission: 'orders:delete',
  resource: 'orders',
  action: 'delete',
  granted,
  reason: 'role',
  role: 'clerk',
  why: 'x',
})

async function lived(): Promise<{ registry: Registry; env: Environment }> {
  const { audit, env } = scene()
  const registry = new Registry()
  onTestFinished(auditMetrics({ registry, audit, env }))
  await env.publish('authn.accepted', { by: 'jwtAuth', credential: 'bearer' })
  await env.publish('gate.refused', { gate: 'jwtAuth', code: 'ERR_JWT_EXPIRED', status: 401, reportOnly: false })
  await env.publish('authz.decided', {
    granted: false,
    permissions: ['orders:delete'],
    quantifier: 'all',
    roles: ['clerk'],
    missing: ['orders:delete'],
    decisions: [decision(true), decision(false)],
  })
  await env.publish('health.changed', { part: 'store', healthy: false })
  await audit.authAttempt({ method: 'password', success: false })
  await audit.record({ type: 'certificate', detail: { service: 'api', daysLeft: 12, valid: false, error: 'expired' } })
  await audit.flush()
  return { registry, env }
}

it('what happens is counted under the names of the field', async () => {
  const { registry } = await lived()
  const text = await registry.metrics()
  for (const line of [
    'auth_attempts_total{method="bearer",success="true"} 1',
    'auth_attempts_total{method="jwtAuth",success="false"} 1',
    'auth_attempts_total{method="password",success="false"} 1',
    'token_validation_errors_total{error_type="ERR_JWT_EXPIRED"} 1',
    'permission_checks_total{role="clerk",permission="orders:delete",granted="true"} 1',
    'permission_checks_total{role="clerk",permission="orders:delete",granted="false"} 1',
    'unauthorized_access_attempts_total{resource="orders",action="delete"} 1',
    'cert_validation_errors_total{error_type="expired"} 1',
    'cert_expiry_seconds{service="api"} 1036800',
    'security_dependency_healthy{part="store"} 0',
    'audit_log_healthy 1',
  ]) {
    expect(text).toContain(`${line}\n`)
  }
})

it('labels stay few, whoever chooses their values', async () => {
  const { audit, env } = scene()
  const registry = new Registry()
  onTestFinished(auditMetrics({ registry, audit, env, maxLabelValues: 10 }))
  for (let i = 0; i < 200; i++)
    await env.publish('gate.refused', { gate: `g${i}`, code: 'ERR_X', status: 401, reportOnly: false })
  const text = await registry.metrics()
  expect(text.match(/^auth_attempts_total\{/gm)).toHaveLength(11)
  expect(text).toContain('auth_attempts_total{method="other",success="false"} 190\n')
})

it('promtool finds nothing to object to', async () => {
  const { registry } = await lived()
  if (findProgram('promtool') === undefined) {
    if (!mayInstall()) throw new Error('These tests need promtool on the PATH (Debian: apt-get install prometheus)')
    installDebian('prometheus', 'promtool')
  }
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
    input: await registry.metrics(),
    encoding: 'utf8',
  })
  expect([stdout + stderr, status]).toEqual(['', 0])
  // The first run on a machine may have to install it.
}, 300_000)

it('days until a certificate ends are there for dashboards that ask for them', async () => {
  const { audit, env } = scene()
  const registry = new Registry()
  onTestFinished(auditMetrics({ registry, audit, env, certExpiryDays: true }))
  await audit.record({ type: 'certificate', detail: { service: 'api', daysLeft: 12 } })
  expect(await registry.metrics()).toContain('cert_expiry_days{service="api"} 12\n')
})

it('without a registry there is nothing to count in', () => {
  expect(refusal(() => auditMetrics({} as never))).toContain('option `registry`')
})
