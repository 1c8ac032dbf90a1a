import { createReadStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { PiiRedactor } from '../pii-redactor.ts'

/** One place where something was found. Never the value. */
export interface Finding {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  readonly length: number
  readonly entity: string
  readonly score: number
}

/** What a scan found. */
export interface ScanReport {
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Record<string, number>>
  readonly files: number
  readonly bytes: number
  /** Files that are no text, and were not read. */
  readonly skipped: readonly string[]
  /** Redacted copies that were written. */
  readonly written: readonly string[]
}

/** Options of `scanFiles`. */
export interface ScanOptions {
  /** Writes a redacted copy of every file in which something was found: `notes.txt` to `notes.redacted.txt`. @default false */
  readonly fix?: boolean
  /** Read in place of files that are named `-`. @default process.stdin */
  readonly stdin?: Readable
  /** Told how many bytes of all were read. */
  readonly onProgress?: (done: number, total: number) => void
}

/** Looks through files, or through standard input (`-`), line by line. Says where what is, and never what. */
export async function scanFiles(
  pii: PiiRedactor,
  files: readonly string[],
  options: ScanOptions = {},
): Promise<ScanReport> {
  const { fix = false, stdin = process.stdin, onProgress } = options
  const sizes = await Promise.all(files.map(async (file) => (file === '-' ? 0 : (await stat(file)).size)))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const findings: Finding[] = []
  const counts: Record<string, number> = {}
  const skipped: string[] = []
  const written: string[] = []
  let bytes = 0
  for (const file of files) {
    const { text, binary } = await textOf(file === '-' ? stdin : createReadStream(file), (more) =>
      onProgress?.((bytes += more), total),
    )
    if (binary) {
      skipped.push(file)
      continue
    }
    const before = findings.length
    for (const finding of findingsIn(pii, file, text)) {
      findings.push(finding)
      counts[finding.entity] = (counts[finding.entity] ?? 0) + 1
    }
    if (fix && file !== '-' && findings.length > before) {
      const copy = file.replace(/(\.[^./\\]+)?$/, '.redacted$1')
      await writeFile(copy, pii.redact(text), { flag: 'wx' })
      written.push(copy)
    }
  }
  return { findings, counts, files: files.length, bytes, skipped, written }
}

async function textOf(stream: Readable, onBytes: (count: number) => void): Promise<{ text: string; binary: boolean }> {
  const decoder = new StringDecoder('utf8')
  let text = ''
  let binary = false
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer)
    onBytes(bytes.byteLength)
    if (bytes.subarray(0, 8192).includes(0)) binary = true
    if (!binary) text += decoder.write(bytes)
  }
  return { text: text + decoder.end(), binary }
}

function* findingsIn(pii: PiiRedactor, file: string, text: string): Generator<Finding> {
  let line = 1
  let lineStart = 0
  for (const { start, end, entity, score } of pii.find(text)) {
    for (let next = text.indexOf('\n', lineStart); next !== -1 && next < start; next = text.indexOf('\n', lineStart)) {
      line++
      lineStart = next + 1
    }
    yield { file, line, column: start - lineStart + 1, length: end - start, entity, score: Math.min(score, 1) }
  }
}
