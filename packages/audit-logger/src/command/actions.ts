import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { createEnvironment, type KeyRing } from '@sallyport/core'
import { auditLogger } from '../audit-logger.ts'
import { checkpointsIn } from '../away/sinks.ts'
import { exported, exportForms, type ExportFormat } from '../export/export.ts'
import { checkRecordProof, proveRecord } from '../proof/prove.ts'
import { verifyLog } from '../proof/verify.ts'
import { readLog, type ReadLogOptions } from '../read/log-reader.ts'
import { Search } from '../search/search.ts'
import { UsageError, type CommandOutput, type GivenOptions } from './given.ts'
import { importFile } from './import-file.ts'

type Action = (words: readonly string[], given: GivenOptions, output: CommandOutput) => Promise<number>

/** What `sallyport audit` can do. */
export const actions: Readonly<Record<'verify' | 'prove' | 'check' | 'export' | 'forget', Action>> = {
  async verify(words, given, { out, err, onProgress }) {
    const log = await logOf(given, only(words, 'the directory of the log'))
    const checkpoints = given.checkpoints === undefined ? [] : checkpointsIn(await readFile(given.checkpoints, 'utf8'))
    const report = await verifyLog({
      ...log,
      checkpoints,
      ...(given.vkey && { vkeys: given.vkey }),
      ...(onProgress && { onProgress }),
    })
    if (given.json || given.format === 'json') json(out, report)
    else {
      for (const { message } of report.problems) err(`${message}\n`)
      const { origin, size, signed } = report
      out(
        `${origin}: ${size} records, ${signed} of them signed: ${report.ok ? 'all as they were recorded' : 'NOT as they were recorded'}\n`,
      )
    }
    if (given.vkey === undefined)
      err('Trusted were the keys that lie with the log; --vkey names those that you wrote down\n')
    return report.ok ? 0 : 1
  },

  async prove([index = '', ...words], given, output) {
    if (!/^\d{1,15}$/.test(index)) throw new UsageError('give the index of a record')
    const source = await readLog(await logOf(given, only(words, 'the directory of the log')))
    const proof = await proveRecord(source, Number(index))
    await write(
      [given.json ? `${JSON.stringify({ index: Number(index), proof }, undefined, 2)}\n` : proof],
      given,
      output,
    )
    return 0
  },

  async check(words, given, { out }) {
    if (given.vkey === undefined) throw new UsageError('give the verifier key of the log by --vkey')
    const proof = await readFile(only(words, 'the file of the proof'), 'utf8')
    const { origin, index, record, signedBy } = checkRecordProof(proof, given.vkey)
    if (given.json) json(out, { origin, index, signedBy, record: JSON.parse(record) as unknown })
    else out(`Record ${index} of ${origin}, signed by ${signedBy.join(', ')}:\n${record}\n`)
    return 0
  },

  async export(words, given, output) {
    const format = given.format ?? 'jsonl'
    if (given.json && format !== 'jsonl') throw new UsageError('--json does not go with --format')
    if (!Object.hasOwn(exportForms, format)) throw new UsageError(`--format is ${Object.keys(exportForms).join(', ')}`)
    const source = await readLog(await logOf(given, only(words, 'the directory of the log')))
    const records = new Search(source).records({
      order: 'oldest',
      ...(given.type && { types: given.type }),
      ...(given.from !== undefined && { from: timeOf('from', given.from) }),
      ...(given.to !== undefined && { to: timeOf('to', given.to) }),
    })
    const pieces = exported(records, format as ExportFormat)
    await write(given.json ? asList(pieces) : pieces, given, output)
    return 0
  },

  async forget([subject = '', ...words], given, { out }) {
    if (subject === '') throw new UsageError('give the subject of an account')
    const { directory, keyRing } = await logOf(given, only(words, 'the directory of the log'))
    // Of a log that is not there none is made.
    await readLog({ directory, ...(keyRing && { keyRing }) })
    const env = createEnvironment({ ...(keyRing && { keyRing }) })
    try {
      const { issuer = 'local', tenant } = given
      const person = { issuer, subject, ...(tenant !== undefined && { tenant }) }
      const { index, found } = await auditLogger({ directory, env }).forget(person)
      if (given.json) json(out, { index, found })
      else
        out(
          found
            ? `Forgotten, which is record ${index}\n`
            : `There was nothing of this person; that is record ${index}\n`,
        )
      return found ? 0 : 1
    } finally {
      await env.close()
    }
  },
}

async function logOf(given: GivenOptions, directory: string): Promise<ReadLogOptions> {
  const module = given['key-ring']
  if (module === undefined) return { directory }
  const { keyRing } = (await importFile(pathToFileURL(resolve(module)))) as { keyRing?: KeyRing }
  if (typeof keyRing?.open !== 'function') throw new UsageError(`${module} has no export keyRing`)
  return { directory, keyRing }
}

function only([word, ...others]: readonly string[], what: string): string {
  if (word === undefined || others.length > 0) throw new UsageError(`give ${what}`)
  return word
}

function timeOf(name: string, text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`--${name} is a time in ISO 8601`)
  return time
}

async function write(
  pieces: Iterable<string> | AsyncIterable<string>,
  given: GivenOptions,
  { out }: CommandOutput,
): Promise<void> {
  if (given.out !== undefined) return pipeline(pieces, createWriteStream(given.out))
  for await (const piece of pieces) out(piece)
}

function json(out: CommandOutput['out'], value: unknown): void {
  out(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** JSON lines as one JSON text. A piece may end in the middle of a line. */
async function* asList(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  let before = '[\n'
  for await (const piece of pieces) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      yield `${before}${line}`
      before = ',\n'
    }
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}
