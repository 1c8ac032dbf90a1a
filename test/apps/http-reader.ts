/** What was read of one answer: its bytes, interim responses included, and whether the connection must end for it to be over. */
export interface Read {
  readonly length: number
  readonly complete: boolean
}

/** How far the first final response reaches in `bytes` (latin1). `ended` says that nothing more will come. */
export function readAnswer(bytes: string, method: string, ended: boolean): Read {
  let start = 0
  for (;;) {
    const head = bytes.indexOf('\r\n\r\n', start)
    if (head === -1) return { length: bytes.length, complete: ended }
    const lines = bytes.slice(start, head).split('\r\n')
    const status = Number(lines[0]!.split(' ')[1])
    const body = head + 4
    if (status >= 100 && status < 200 && status !== 101) {
      start = body
      continue
    }
    if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return { length: body, complete: true }
    if (/^transfer-encoding:.*chunked/im.test(lines.join('\n'))) return chunked(bytes, body, ended)
    const length = /^content-length: *(\d+)/im.exec(lines.join('\n'))?.[1]
    if (length === undefined) return { length: bytes.length, complete: ended }
    const end = body + Number(length)
    return { length: Math.min(end, bytes.length), complete: ended || bytes.length >= end }
  }
}

function chunked(bytes: string, body: number, ended: boolean): Read {
  let at = body
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return { length: bytes.length, complete: ended }
    const size = Number.parseInt(bytes.slice(at, line), 16)
    at = line + 2
    if (size > 0) {
      at += size + 2
      continue
    }
    // Trailers, then an empty line.
    const last = bytes.startsWith('\r\n', at) ? at + 2 : bytes.indexOf('\r\n\r\n', at) + 4
    return last > at && last <= bytes.length
      ? { length: last, complete: true }
      : { length: bytes.length, complete: ended }
  }
}
