import type { ComplianceReport, ControlEvidence } from './report.ts'

/** In which form a report is given. */
export type ReportForm = 'html' | 'json' | 'csv'

/** A report as text. */
export function renderReport(report: ComplianceReport, form: ReportForm): string {
  if (form === 'json') return `${JSON.stringify(report, undefined, 2)}\n`
  return form === 'csv' ? csvOf(report) : htmlOf(report)
}

function csvOf({ without, controls }: ComplianceReport): string {
  const rows = [
    ['control', 'title', 'records', 'success', 'failure', 'denied', 'evidence', 'samples'],
    ...without.map(({ id, title, evidence }) => [id, title, '0', '0', '0', '0', evidence.join(' '), '']),
    ...controls.map((one) => [
      ...[
        one.id,
        one.title,
        one.count,
        one.byOutcome['success'] ?? 0,
        one.byOutcome['failure'] ?? 0,
        one.byOutcome['denied'] ?? 0,
      ],
      ...[Object.keys(one.byType).join(' '), one.samples.map(({ index }) => index).join(' ')],
    ]),
  ]
  return rows.map((row) => `${row.map((cell) => quoted(String(cell))).join(',')}\r\n`).join('')
}

/** No cell is a formula. */
function quoted(cell: string): string {
  return `"${(/^[=+\-@\t]/.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`
}

const STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.5rem }
h1 { font-size: 1.75rem; line-height: 1.25 } h2 { margin-top: 2.5rem; font-size: 1.25rem } h3 { font-size: 1.05rem; margin-bottom: .25rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem } dt { font-weight: 600 } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem } caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { text-align: left; padding: .375rem .75rem; border-bottom: 1px solid #c9ced6; vertical-align: top } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.missing { border: 2px solid #a40e26; border-radius: .5rem; padding: .25rem 1.25rem 1rem; background: #fff5f5 } .missing h2 { margin-top: 1rem; color: #a40e26 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f4f6; padding: .75rem; font-size: .8rem } code { overflow-wrap: anywhere }
summary { cursor: pointer } section { break-inside: avoid-page }
@media print { body { max-width: none; padding: 0 } .missing { background: none } }
`

function htmlOf(report: ComplianceReport): string {
  const { framework, source, log, from, to, records, checkpoint, without, controls } = report
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(framework)}: evidence from ${text(log)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${text(framework)}: evidence from the audit log</h1>
<dl>
<dt>Log</dt><dd><code>${text(log)}</code></dd>
<dt>Period</dt><dd>${text(from ?? 'beginning of the log')} to ${text(to)}</dd>
<dt>Records</dt><dd>${records}</dd>
<dt>Controls</dt><dd>${controls.length} with evidence, ${without.length} without</dd>
<dt>Identifiers</dt><dd>${text(source)}</dd>
</dl>
<p>This shows what was recorded. Whether a control is sufficient is for the auditor to judge.</p>
${missingOf(without)}
<h2>Controls with evidence</h2>
${controls.length === 0 ? '<p>None.</p>' : controls.map(controlOf).join('\n')}
<h2>Checkpoint</h2>
<p>The state of the log when this was made. With it and the log’s verifier key anyone can check the proofs above offline.</p>
<pre>${text(checkpoint)}</pre>
</main>
</body>
</html>
`
}

function missingOf(without: ComplianceReport['without']): string {
  if (without.length === 0)
    return '<h2>Controls without evidence</h2>\n<p>None: every control has evidence in this period.</p>'
  const rows = without.map(
    ({ id, title, evidence }) =>
      `<tr><th scope="row">${text(id)}</th><td>${text(title)}</td><td><code>${text(evidence.join(', '))}</code></td></tr>`,
  )
  return `<section class="missing">
<h2>Controls without evidence</h2>
<table><caption>Nothing of this was recorded in the period</caption>
<thead><tr><th scope="col">Control</th><th scope="col">Title</th><th scope="col">Would be evidence</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
</section>`
}

function controlOf({ id, title, count, byType, byOutcome, samples }: ControlEvidence): string {
  const counts = Object.entries(byType).map(
    ([type, n]) => `<tr><th scope="row"><code>${text(type)}</code></th><td class="n">${n}</td></tr>`,
  )
  const outcomes = Object.entries(byOutcome).map(([outcome, n]) => `${n} ${text(outcome)}`)
  const proofs = samples.map(
    ({ index, time, type, outcome, proof }) =>
      `<details><summary>Record ${index}: <code>${text(type)}</code>, ${text(outcome)}, ${text(time)}</summary><pre>${text(proof)}</pre></details>`,
  )
  return `<section>
<h3>${text(id)} ${text(title)}</h3>
<p>${count} records: ${outcomes.join(', ')}.</p>
<table><caption>Records by type</caption><thead><tr><th scope="col">Type</th><th scope="col" class="n">Records</th></tr></thead><tbody>${counts.join('')}</tbody></table>
${proofs.length === 0 ? '' : `<p>Samples with their proofs:</p>\n${proofs.join('\n')}`}
</section>`
}

function text(given: string): string {
  return given.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
