import { classOf, type Entity } from '../engine/entity.ts'
import type { Finding, ScanReport } from './scan-files.ts'

/** How a report is written. */
export type ScanFormat = 'table' | 'json' | 'sarif'

/** Writes a report for people, for programs, or in SARIF 2.1.0 for code hosts. */
export function formatFindings(report: ScanReport, format: ScanFormat): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`
  return format === 'sarif' ? `${JSON.stringify(sarif(report), null, 2)}\n` : table(report)
}

function table({ findings, counts, files, skipped, written }: ScanReport): string {
  const rows = findings.map(({ file, line, column, entity, score }) => [
    `${file}:${line}:${column}`,
    entity,
    score.toFixed(2),
  ])
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  const sums = Object.entries(counts).map(([entity, count]) => `${entity} ${count}`)
  const notes = [...skipped.map((file) => `${file}: no text, not read`), ...written.map((file) => `${file}: written`)]
  return `${[...lines, ...notes, `${findings.length} in ${files} file${files === 1 ? '' : 's'}${sums.length > 0 ? `: ${sums.join(', ')}` : ''}`].join('\n')}\n`
}

function sarif({ findings, counts }: ScanReport): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sallyport pii scan',
            rules: Object.keys(counts).map((entity) => ({
              id: entity,
              shortDescription: { text: `${entity} in a file` },
            })),
          },
        },
        results: findings.map(resultOf),
      },
    ],
  }
}

function resultOf({ file, line, column, length, entity }: Finding): object {
  const kind = classOf[entity as Entity] ?? 'confidential'
  return {
    ruleId: entity,
    level: kind === 'top-secret' || kind === 'restricted' ? 'error' : 'warning',
    message: { text: `${entity} (${kind})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
          region: { startLine: line, startColumn: column, endColumn: column + length },
        },
      },
    ],
  }
}
