import { accept, acceptNumber, checkOptions, optionError, type OptionRules } from '@sallyport/core'
import type { AuditLogger } from '../contract.ts'
import type { AuditRecord } from '../record/event.ts'
import { typeTest } from '../search/query.ts'
import { Search } from '../search/search.ts'
import type { ReportControl, ReportFramework } from './framework.ts'
import { reportFrameworks, type FrameworkName } from './frameworks.ts'

/** Options of `complianceReport`. */
export interface ComplianceReportOptions {
  /** One that is built in, or a template of one's own. */
  readonly framework: FrameworkName | ReportFramework
  /** Beginning of the period, in milliseconds since the Unix epoch. @default the beginning of the log */
  readonly from?: number
  /** End of the period, not included. @default now */
  readonly to?: number
  /** Only records of this tenant. @default all */
  readonly tenant?: string
  /** Samples for each control, each with a proof. @default 3 */
  readonly samples?: number
}

/** A record as evidence, with a proof that it is in the log. */
export interface ReportSample {
  readonly index: number
  readonly time: string
  readonly type: string
  readonly outcome: string
  /** C2SP tlog-proof. */
  readonly proof: string
}

/** What there is of a control. */
export interface ControlEvidence extends ReportControl {
  readonly count: number
  readonly byType: Readonly<Record<string, number>>
  readonly byOutcome: Readonly<Record<string, number>>
  readonly samples: readonly ReportSample[]
}

/** What a log shows of a framework. */
export interface ComplianceReport {
  readonly framework: string
  readonly source: string
  readonly log: string
  readonly from: string | undefined
  readonly to: string
  readonly records: number
  readonly checkpoint: string
  /** Controls of which the log shows nothing in the period. */
  readonly without: readonly ReportControl[]
  readonly controls: readonly ControlEvidence[]
}

const rules: OptionRules<ComplianceReportOptions> = {
  framework: {
    accepts: `${Object.keys(reportFrameworks).join(', ')}, or a template { name, source, controls: [{ id, title, evidence }] }`,
    test: (v) =>
      typeof v === 'string'
        ? Object.hasOwn(reportFrameworks, v)
        : Array.isArray((v as ReportFramework | null)?.controls),
  },
  from: acceptNumber('milliseconds', 0, 8.64e15),
  to: acceptNumber('milliseconds', 0, 8.64e15),
  tenant: accept.string,
  samples: acceptNumber('samples', 0, 100),
}

interface Tally {
  readonly control: ReportControl
  readonly matches: (type: string) => boolean
  count: number
  readonly byType: Record<string, number>
  readonly byOutcome: Record<string, number>
  readonly samples: AuditRecord[]
}

/**
 * What a log shows of a framework's controls: counts, and samples with proofs. It shows what happened, not that a control suffices.
 * @throws SecurityError ERR_OPTION
 */
export async function complianceReport(
  audit: AuditLogger,
  options: ComplianceReportOptions,
): Promise<ComplianceReport> {
  checkOptions<ComplianceReportOptions>('complianceReport', options, rules)
  if (options.framework === undefined) throw optionError('complianceReport', 'framework', undefined, rules.framework)
  const { framework: given, from, tenant, samples = 3 } = options
  const framework = typeof given === 'string' ? reportFrameworks[given] : given
  const checkpoint = await audit.checkpoint()
  const source = await audit.source()
  const tallies = framework.controls.map((control): Tally => ({
    control,
    matches: typeTest(control.evidence),
    count: 0,
    byType: {},
    byOutcome: {},
    samples: [],
  }))
  let records = 0
  let last: string | undefined
  const query = {
    ...(from !== undefined && { from }),
    ...(options.to !== undefined && { to: options.to }),
    ...(tenant !== undefined && { tenant }),
  }
  for await (const record of new Search(source).records({ ...query, order: 'oldest' })) {
    records++
    last = record.time
    // The outcome of an intent says all that it says.
    if (record.outcome !== 'intent')
      for (const tally of tallies) if (tally.matches(record.type)) note(tally, record, samples)
  }
  const controls: ControlEvidence[] = []
  for (const { control, count, byType, byOutcome, samples: found } of tallies) {
    if (count === 0) continue
    const proven: ReportSample[] = []
    for (const { index, time, type, outcome } of found)
      proven.push({ index, time, type, outcome, proof: await audit.prove(index) })
    controls.push({ ...control, count, byType, byOutcome, samples: proven })
  }
  return {
    framework: framework.name,
    source: framework.source,
    log: source.origin,
    from: from === undefined ? undefined : new Date(from).toISOString(),
    to: options.to === undefined ? (last ?? 'now') : new Date(options.to).toISOString(),
    records,
    checkpoint,
    without: tallies.filter(({ count }) => count === 0).map(({ control }) => control),
    controls,
  }
}

/** Samples are the first of each type, so that they show as much as they can. */
function note(tally: Tally, record: AuditRecord, most: number): void {
  const { type, outcome } = record
  tally.count++
  if (tally.samples.length < most && tally.byType[type] === undefined) tally.samples.push(record)
  tally.byType[type] = (tally.byType[type] ?? 0) + 1
  tally.byOutcome[outcome] = (tally.byOutcome[outcome] ?? 0) + 1
}
