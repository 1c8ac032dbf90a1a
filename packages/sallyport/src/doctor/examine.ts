import { validateConfiguration } from '../configuration/validate.ts'
import { clock, proxies, transport } from './checks/network.ts'
import { administrators, lifetimes, limits, mail, origins } from './checks/protections.ts'
import { audit, auditLog, listeners } from './checks/records.ts'
import { nodeVersion } from './checks/runtime.ts'
import { defaultCredentials, sealing, weakSecrets } from './checks/secrets.ts'
import { places, servers, store } from './checks/state.ts'
import type { Check, Finding, Patient, Severity } from './finding.ts'

/** What is wrong with the configuration itself. */
const configuration: Check = ({ options = {}, variables }) =>
  validateConfiguration(options, variables).errors.map(({ message }) => ({
    id: 'configuration',
    severity: 'high',
    what: message,
    why: 'The app does not start with it.',
    fix: 'Put it right as it says.',
  }))

const checks: readonly Check[] = [
  configuration,
  weakSecrets,
  defaultCredentials,
  transport,
  proxies,
  store,
  servers,
  sealing,
  origins,
  limits,
  lifetimes,
  administrators,
  mail,
  audit,
  auditLog,
  listeners,
  places,
  clock,
  nodeVersion,
]

/** The weight of a severity. */
export const weights: Readonly<Record<Severity, number>> = { high: 3, medium: 2, low: 1 }

/** Looks for everything, and tells it with the worst first. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const found = (await Promise.all(checks.map(async (check) => check(patient)))).flat()
  return found.toSorted((a, b) => weights[b.severity] - weights[a.severity])
}
