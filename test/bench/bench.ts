import { parseArgs } from 'node:util'
import { profiles } from './harness/profile.ts'
import { writeReport } from './harness/report.ts'
import { runSuites } from './harness/run.ts'
import { formatReport } from './harness/print.ts'
import { suites } from './suites/index.ts'

function progress(text: string): void {
  process.stderr.write(`… ${text}\n`)
}

const usage = `pnpm bench [name …] [--quick] [--node <path>] [--check] [--list]

  name     suites to run; all of them without one
  --quick  short windows and small pools: shows that it works, says little about speed
  --node   the Node binary that contenders run on; the load generator stays on this one
  --check  exit code 1 if a bar is missed
  --list   what there is`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    check: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const unknown = positionals.filter((wanted) => suites.every(({ name }) => name !== wanted))
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.exitCode = 2
  console.log(unknown.length > 0 ? `No suite is called ${unknown.join(', ')}.\n\n${usage}` : usage)
} else if (values.list) {
  for (const { name, about } of suites) console.log(`${name.padEnd(12)}${about}`)
} else {
  const chosen = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const profile = values.quick ? profiles.quick : profiles.full
  const report = await runSuites(chosen, { profile, node: values.node, progress })
  console.log(`\n${formatReport(report)}`)
  console.log(`\nWritten to ${writeReport(report)}`)
  const missed = report.suites.flatMap(({ bars }) => bars).filter(({ reached }) => !reached)
  if (values.check && missed.length > 0) process.exitCode = 1
}
