// Adds up what the test runs report: one plain line, and exit code 1 where anything failed or a run has no figures.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, broken, ...runs] = process.argv.slice(2)
const sum = { passed: 0, failed: 0, skipped: 0 }

for (const run of runs) {
  const { passed, failed, skipped } = figuresOf(run)
  sum.passed += passed
  sum.skipped += skipped
  // An error outside every test fails the run and no test: it counts as one.
  sum.failed += failed === 0 && broken.split(' ').includes(run) ? 1 : failed
}

console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`)
process.exitCode = sum.failed > 0 ? 1 : 0

function figuresOf(run) {
  try {
    const report = JSON.parse(readFileSync(join(folder, `${run}.json`), 'utf8'))
    // A file that does not load has no tests that could fail.
    const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + unloaded.length,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
