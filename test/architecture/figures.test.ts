import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from './repository.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-figures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function report(run: string, figures: object): void {
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  writeFileSync(join(folder, `${run}.json`), JSON.stringify({ ...none, ...figures }))
}

function close(broken: string, ...runs: string[]): { status: number | null; line: string } {
  const { status, stdout } = spawnSync(process.execPath, [join(root, '.ci/figures.mjs'), folder, broken, ...runs])
  return { status, line: stdout.toString() }
}

describe('the closing line of .ci/run', () => {
  it('adds up the runs', () => {
    report('a', { numPassedTests: 10 })
    report('b', { numPassedTests: 5, numPendingTests: 1, numTodoTests: 2 })
    expect(close('', 'a', 'b')).toEqual({ status: 0, line: '15 passed, 0 failed, 3 skipped\n' })
  })

  it('counts failed tests, and files that did not load', () => {
    report('a', {
      numPassedTests: 10,
      numFailedTests: 2,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{ status: 'failed' }] },
      ],
    })
    expect(close('a', 'a')).toEqual({ status: 1, line: '10 passed, 3 failed\n' })
  })

  it('counts a run that failed without a failed test, or that left no figures', () => {
    report('a', { numPassedTests: 10 })
    expect(close('lint a', 'a')).toEqual({ status: 1, line: '10 passed, 1 failed\n' })
    expect(close('', 'a', 'missing')).toEqual({ status: 1, line: '10 passed, 1 failed\n' })
  })
})
