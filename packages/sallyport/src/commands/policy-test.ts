import { SecurityError } from '@sallyport/core'
import type { PolicyDocument } from '@sallyport/rbac'
import { testPolicy, type PolicyCaseFailure, type PolicySuite, type PolicyTestResult } from '@sallyport/rbac/tools'
import { UsageError, type Command } from '../command.ts'
import { readData } from '../read-data.ts'

export const command: Command = {
  summary: 'tests a policy against tables of who, permission, object and what is expected',
  usage: `<policy> <table> [more tables] [options]

  Each is a .json, .yaml or .yml file, or a module that exports \`policy\` or \`cases\` (or has it as default export).

  --format <form>     text or json`,
  options: { format: { type: 'string', default: 'text' } },

  async run({ values, words }, { out }) {
    const [policyFile, ...tables] = words
    if (policyFile === undefined || tables.length === 0) throw new UsageError('give a policy and at least one table')
    const format = values['format'] as string
    if (format !== 'text' && format !== 'json') throw new UsageError('--format is text or json')
    const policy = (await readData(policyFile, 'policy')) as PolicyDocument
    const results: { table: string; result: PolicyTestResult }[] = []
    for (const table of tables) {
      const suite = (await readData(table, 'cases')) as PolicySuite
      const result = tested(policy, suite, policyFile, table)
      if (result.passed + result.failures.length === 0) throw new UsageError(`${table} has no case: it tests nothing`)
      results.push({ table, result })
    }
    if (format === 'json') out(`${JSON.stringify(results, undefined, 2)}\n`)
    else for (const { table, result } of results) out(textOf(table, result))
    return results.every(({ result }) => result.failures.length === 0) ? 0 : 1
  },
}

function tested(policy: PolicyDocument, suite: PolicySuite, policyFile: string, table: string): PolicyTestResult {
  try {
    return testPolicy(policy, suite)
  } catch (thrown) {
    if (SecurityError.is(thrown)) throw new UsageError(`${policyFile} with ${table}: ${thrown.message}`)
    throw thrown
  }
}

function textOf(table: string, { passed, failures, policy }: PolicyTestResult): string {
  const failed = failures.map((failure) => `  ${lineOf(failure)}\n`).join('')
  return `${table}: ${passed} passed, ${failures.length} failed (policy ${policy.slice(0, 12)})\n${failed}`
}

function lineOf({ index, case: one, actual, why }: PolicyCaseFailure): string {
  const who = typeof one.who === 'string' ? one.who : JSON.stringify(one.who ?? null)
  const note = one.note === undefined ? '' : ` (${one.note})`
  return `case ${index + 1}${note}: ${who} ${one.permission} is ${actual}, expected ${one.expected}: ${why}`
}
