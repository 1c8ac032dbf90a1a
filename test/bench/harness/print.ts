import type { Bar, Report, SuiteReport } from './report.ts'
import { formatTables, significant } from './table.ts'

/** The whole report as text. */
export function formatReport(report: Report): string {
  return [formatHead(report), ...report.suites.map(formatSuite)].join('\n\n')
}

function formatHead({ profile, repeats, cpu, node, reference }: Report): string {
  return [
    `Profile ${profile}: medians of ${repeats} interleaved rounds; ± is half the distance from lowest to highest.`,
    `${cpu}; contenders on Node ${node.contenders}, load generator on Node ${node.load}.`,
    `Reference on this machine, in this run: bare Express 5 = ${significant(reference.median)} µs of CPU per request` +
      ` (${significant(reference.low)}–${significant(reference.high)}). Absolute figures are noise; ratios count.`,
  ].join('\n')
}

function formatSuite({ name, about, timed, seconds, tables, bars }: SuiteReport): string {
  const heading = `━━ ${name}: ${about} (${seconds.toFixed(0)} s)`
  const verdict = bars.length === 0 ? ['  none for these rows'] : bars.map(formatBar)
  return [heading, wrap(`Timed: ${timed}`), ...formatTables(tables), ['Bars', ...verdict].join('\n')].join('\n\n')
}

function formatBar({ text, actual, reached }: Bar): string {
  return `  ${reached ? 'reached' : 'MISSED '}  ${text}: ${actual}`
}

function wrap(text: string): string {
  return text.replaceAll(/(.{1,110})(?:\s|$)/g, '$1\n').trimEnd()
}
