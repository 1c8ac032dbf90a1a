import { channel } from 'node:diagnostics_channel'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLog } from '@sallyport/audit-logger'
import { SECURITY_EVENT_CHANNEL } from '@sallyport/core'
import type { Check } from '../finding.ts'
import { optionsOf } from '../finding.ts'

/** Whether anything is recorded, and the records leave the machine. */
export const audit: Check = ({ options, settings, production }) => {
  if (options === undefined) return []
  const given = options.audit
  if (settings.audit === false || (settings.audit !== true && !given)) {
    return [
      {
        id: 'no-audit',
        severity: 'medium',
        what: 'Nothing is recorded',
        why: 'Nobody can say afterwards who did what, or that nothing happened.',
        fix: "audit: { directory: '/var/lib/my-app/audit' }",
        asvs: '16.3.1',
      },
    ]
  }
  const log = optionsOf(given)
  // A part that the app has made cannot be looked into.
  if (!production || log === undefined || typeof log['record'] === 'function' || log['checkpointTo'] !== undefined)
    return []
  return [
    {
      id: 'no-audit-archive',
      severity: 'medium',
      what: 'Checkpoints of the audit log stay with the log',
      why: 'Who has the machine can cut the log, or replace it as a whole, unseen.',
      fix: 'checkpointTo: [checkpointsToWebhook(…)], and copy the folder to a place that the app cannot write to.',
      asvs: '16.4.3',
    },
  ]
}

/** Whether the log is as it was recorded. */
export const auditLog: Check = async ({ options, progress }) => {
  const { directory, encrypt } = optionsOf(options?.audit) ?? {}
  if (typeof directory !== 'string' || !existsSync(join(directory, 'log.json'))) return []
  const keyRing = options?.keyRing ?? options?.env?.keyRing
  try {
    const report = await verifyLog({ directory, onProgress: progress, ...(keyRing && { keyRing }) })
    return report.problems.map(({ message }) => ({
      id: 'audit-log-broken',
      severity: 'high',
      what: `${directory}: ${message}`,
      why: 'Records were changed or lost after they had been made.',
      fix: 'Take the folder out of use, keep it as it is, and find out who had access to it.',
      asvs: '16.4.2',
    }))
  } catch {
    const sealed = encrypt === true || keyRing === undefined
    return [
      {
        id: 'audit-log-unverified',
        severity: 'medium',
        what: `The audit log in ${directory} could not be verified`,
        why: sealed
          ? 'It may be sealed with a key ring that the configuration file does not have.'
          : 'It cannot be read.',
        fix: `npx sallyport audit verify ${directory} --key-ring <module>`,
        asvs: '16.4.2',
      },
    ]
  }
}

/** Whether anybody hears of what happens: it can be seen only of a module that was loaded. */
export const listeners: Check = ({ env }) => {
  if (env === undefined || channel(SECURITY_EVENT_CHANNEL).hasSubscribers) return []
  return [
    {
      id: 'no-listener',
      severity: 'medium',
      what: 'Nothing listens to security events: no audit log, no metrics, no alert',
      why: 'An attack goes on until somebody complains.',
      fix: 'onSecurityEvent() with an alert, auditMetrics() of @sallyport/audit-logger/metrics, or an audit log.',
      asvs: '16.3.3',
    },
  ]
}
