#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'
import { outputTo } from './terminal.ts'

const { stdout, stderr } = process
void runCommandLine(process.argv.slice(2), outputTo(process)).then((code) => {
  process.exitCode = code
  // The app that was loaded may listen, or hold connections: what is written must be out, and nothing else is waited for.
  stdout.write('', () => stderr.write('', () => process.exit(code)))
})
