import { checkRecordProof } from '@sallyport/audit-logger'
import {
  complianceReport,
  importSarif,
  renderReport,
  reportFrameworks,
  type FrameworkName,
} from '@sallyport/audit-logger/reports'
import axe from 'axe-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from '../../../test/browser/chromium.ts'
import { codeOf, scene } from './support.ts'

const sarif = JSON.stringify({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'scanner', version: '1' } },
      results: [
        {
          ruleId: 'CVE-1',
          level: 'error',
          message: { text: '<script>alert(1)</script>' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' } } }],
        },
      ],
    },
  ],
})

async function lived() {
  const one = scene()
  await one.audit.authAttempt({ method: 'password', success: true, account: { subject: 'ada' } })
  await one.audit.authAttempt({ method: 'password', success: false, account: { subject: 'ada' } })
  await one.audit.record({ type: 'data.read', actor: { subject: 'ada' } })
  await one.audit.record({ type: 'consent.given', actor: { subject: 'ada' } })
  await one.audit.forget({ subject: 'ada' })
  await one.env.publish('health.changed', { part: 'store', healthy: false })
  await importSarif(one.audit, sarif)
  return one
}

describe.each(Object.keys(reportFrameworks) as FrameworkName[])('the report for %s', (framework) => {
  it('says of which controls there is no evidence, and proves what it shows', async () => {
    const { audit, source } = await lived()
    const report = await complianceReport(audit, { framework })
    const { controls } = reportFrameworks[framework]
    expect(report.without.length + report.controls.length).toBe(controls.length)
    expect(new Set(controls.map(({ id }) => id)).size).toBe(controls.length)
    const { vkeys } = await source()
    for (const { samples, count, byType } of report.controls) {
      expect(Object.values(byType).reduce((a, b) => a + b, 0)).toBe(count)
      for (const { index, type, proof } of samples) {
        const proven = checkRecordProof(proof, vkeys)
        expect([proven.index, JSON.parse(proven.record)]).toEqual([index, expect.objectContaining({ type })])
      }
    }
    const csv = renderReport(report, 'csv').split('\r\n')
    expect(csv).toHaveLength(controls.length + 2)
    expect(JSON.parse(renderReport(report, 'json'))).toMatchObject({ framework: reportFrameworks[framework].name })
  })
})

it('the reports show what happened where it belongs', async () => {
  const { audit } = await lived()
  const gdpr = await complianceReport(audit, { framework: 'gdpr' })
  expect(gdpr.controls.find(({ id }) => id === 'Art. 17')).toMatchObject({ count: 1, byType: { 'audit.forgotten': 1 } })
  const pci = await complianceReport(audit, { framework: 'pci-dss' })
  expect(pci.controls.find(({ id }) => id === '11.3.1')!.byType).toEqual({ 'vulnerability.scanned': 1 })
  expect(pci.controls.find(({ id }) => id === '10.2.1.4')!.byOutcome).toEqual({ success: 1, failure: 1 })
  expect(pci.without.map(({ id }) => id)).toContain('8.3.9')
  const own = { name: 'Ours', source: 'our own', controls: [{ id: 'X-1', title: 'Orders', evidence: ['data.read'] }] }
  expect((await complianceReport(audit, { framework: own, from: 0, to: 1 })).without).toEqual(own.controls)
})

it('an unknown framework or scanner’s file is refused', async () => {
  const { audit } = scene()
  expect(await codeOf(complianceReport(audit, { framework: 'soc3' } as never))).toBe('ERR_OPTION')
  expect(await codeOf(importSarif(audit, '{"version":"1"}'))).toBe('ERR_OPTION')
})

it('the HTML report is readable, printable and accessible in a real Chromium, and runs nothing', async () => {
  const { audit } = await lived()
  const template = {
    name: '<img src=x onerror=alert(1)>',
    source: '"quoted"',
    controls: [
      { id: '<b>', title: '</title><script>alert(1)</script>', evidence: ['data.*'] },
      { id: 'Y', title: 'none', evidence: ['none'] },
    ],
  }
  const browser = await launchChromium()
  onTestFinished(() => browser.close())
  for (const framework of ['pci-dss', template] as const) {
    const html = renderReport(await complianceReport(audit, { framework }), 'html')
    const page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
    const alerts: string[] = []
    page.on('dialog', (dialog) => {
      alerts.push(dialog.message())
      void dialog.dismiss()
    })
    await page.setContent(html)
    expect(await page.locator('h1').innerText()).toContain('evidence from the audit log')
    // What is missing is said first.
    const headings = await page.locator('h2').allInnerTexts()
    expect(headings).toEqual(['Controls without evidence', 'Controls with evidence', 'Checkpoint'])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await page.locator('img, script').count()).toBe(0)
    expect(alerts).toEqual([])
    // axe is run by the debugger, which the page's policy does not concern.
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] }
    expect(violations.map(({ id }) => id)).toEqual([])
    const shots = process.env['REPORT_SHOTS']
    if (shots !== undefined)
      await page.screenshot({
        path: `${shots}/${typeof framework === 'string' ? framework : 'own'}.png`,
        fullPage: true,
      })
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(1000)
    await page.close()
  }
  // The first run on a machine may have to install it.
}, 300_000)
