import { piiRedactor } from '@sallyport/pii-redactor'
import { formatFindings, scanFiles, type ScanFormat } from '@sallyport/pii-redactor/scan'
import { UsageError, type Command } from '../command.ts'

const FORMATS: ReadonlySet<string> = new Set<ScanFormat>(['table', 'json', 'sarif'])

export const command: Command = {
  summary: 'finds personal data and secrets in files, and says where',
  usage: `<files> [options]

  Exits with 1 where something was found. - is standard input.

  --format <form>     table, json or sarif
  --fix               write a redacted copy of each file in which something was found`,
  options: { format: { type: 'string', default: 'table' }, fix: { type: 'boolean', default: false } },

  async run({ values, words }, { out, progress }) {
    if (words.length === 0) throw new UsageError('give files to look through, or - for standard input')
    const format = values['format'] as ScanFormat
    if (!FORMATS.has(format)) throw new UsageError('--format is table, json or sarif')
    try {
      const report = await scanFiles(piiRedactor(), words, {
        fix: values['fix'] === true,
        onProgress: progress,
      })
      out(formatFindings(report, format))
      return report.findings.length === 0 ? 0 : 1
    } catch (thrown) {
      const { code, path } = thrown as { code?: string; path?: string }
      if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES') {
        throw new UsageError(`${path ?? 'a file'} cannot be read (${code})`)
      }
      throw thrown
    }
  },
}
