import type { Answer, Exchange, Route } from '@sallyport/core'
import type { AuditLogger } from '../contract.ts'
import { auditError } from '../errors.ts'
import { readCheckpoint } from '../merkle/checkpoint.ts'
import { splitNote } from '../merkle/note.ts'
import { bundleOf, WIDTH } from '../merkle/tile.ts'

/** Deepest path of a tile: a thousand to the fourth is more records than there will be. */
const DEEPEST = 4

/** What C2SP tlog-tiles has: `checkpoint`, `tile/<level>/<n>` and `tile/entries/<n>`, so that the tools of that world verify the log. */
export function tileRoutes(
  at: string,
  audit: AuditLogger,
  guard: (exchange: Exchange) => void,
  isPublic: boolean,
): readonly Route[] {
  const tiles = Array.from({ length: DEEPEST + 1 }, (_, i): Route => {
    const names = Array.from({ length: i + 1 }, (__, j) => `part${j}`)
    return {
      method: 'GET',
      path: `${at}/tile/:level/${names.map((name) => `:${name}`).join('/')}`,
      answer(exchange, parameters) {
        guard(exchange)
        return tile(parameters['level']!, names.map((name) => parameters[name]!).join('/'))
      },
    }
  })
  return [
    {
      method: 'GET',
      path: `${at}/checkpoint`,
      async answer(exchange) {
        guard(exchange)
        const note = await (await audit.source()).checkpoint()
        if (note === undefined) throw auditError('ERR_AUDIT_NOT_FOUND')
        return answer(note, 'text/plain; charset=utf-8', isPublic ? 'no-cache' : 'no-store')
      },
    },
    ...tiles,
  ]

  async function tile(level: string, path: string): Promise<Answer> {
    const place = placeOf(path)
    if (place === undefined || !/^(entries|\d|[1-5]\d|6[0-3])$/.test(level)) throw auditError('ERR_AUDIT_NOT_FOUND')
    const { n, width } = place
    const source = await audit.source()
    const note = await source.checkpoint()
    const size = note === undefined ? 0 : readCheckpoint(splitNote(note).text).size
    const unit = level === 'entries' ? 1 : WIDTH ** Number(level)
    // Of what no checkpoint vouches for nothing is given.
    if (n * WIDTH + width > Math.floor(size / unit)) throw auditError('ERR_AUDIT_NOT_FOUND')
    // A cache must not answer others with what only some may read.
    const kept = isPublic ? 'public, max-age=31536000, immutable' : 'no-store'
    if (level !== 'entries') {
      return answer(Buffer.concat(await source.tile(Number(level), n, width)), 'application/octet-stream', kept)
    }
    const entries: Buffer[] = []
    for await (const { bytes } of source.entries(n * WIDTH, n * WIDTH + width)) entries.push(bytes)
    if (entries.length < width) throw auditError('ERR_AUDIT_NOT_FOUND')
    return answer(bundleOf(entries), 'application/octet-stream', kept)
  }
}

/** Number and width of a tile, by its path: `x001/234` or `x001/234.p/12`. */
function placeOf(path: string): { readonly n: number; readonly width: number } | undefined {
  const match = /^((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path)
  if (match === null) return undefined
  const width = match[3] === undefined ? WIDTH : Number(match[3])
  if (width > WIDTH || (match[3] !== undefined && width === WIDTH)) return undefined
  return { n: Number(match[1]!.replaceAll(/[x/]/g, '') + match[2]!), width }
}

function answer(body: string | Uint8Array, type: string, cache: string): Answer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': cache }, body }
}
