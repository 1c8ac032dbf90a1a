import { optionError } from '@sallyport/core'
import type { AuditPartOptions, Compliance } from './options.ts'

/** Days that records are kept at least; 0 where the rules leave it to the one who follows them. */
const LEAST_DAYS: Readonly<Record<Compliance, number>> = {
  // A period of observation is up to twelve months.
  soc2: 365,
  // 45 CFR 164.316(b)(2)(i): six years.
  hipaa: 2190,
  gdpr: 0,
  // PCI DSS 4.0.1, requirement 10.5.1: twelve months.
  'pci-dss': 365,
  iso27001: 0,
  // 17 CFR 210.2-06: seven years.
  sox: 2555,
}

/** What auditLogger() keeps by default, in days. */
const DEFAULT_DAYS = 2555

/**
 * Holds the log's retention against the frameworks that are named.
 * @throws SecurityError ERR_OPTION
 */
export function checkCompliance({ compliance = [], retention }: AuditPartOptions): void {
  const days = retention?.days ?? DEFAULT_DAYS
  for (const framework of compliance) {
    if (!Object.hasOwn(LEAST_DAYS, framework)) {
      throw optionError('sallyport audit', 'compliance', framework, {
        accepts: `a list of ${Object.keys(LEAST_DAYS).join(', ')}`,
      })
    }
    const least = LEAST_DAYS[framework]
    if (days < least) {
      throw optionError('sallyport audit', 'retention.days', days, { accepts: `at least ${least}, for ${framework}` })
    }
  }
}
