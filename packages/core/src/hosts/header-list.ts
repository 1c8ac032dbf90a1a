import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Headers as `writeHead` takes them: by name, as pairs, or names and values in turn. */
export type HeaderList = OutgoingHttpHeaders | readonly unknown[] | undefined

/**
 * Sets the headers of an explicit `writeHead` as Node does, so that hooks can add theirs. Lines of one name come together: only of a raw
 * list that is handed on as it is would Node keep other lines between them.
 * @returns whether it is a list that can be set; for another one Node throws
 */
export function applyHeaders(res: ServerResponse, headers: HeaderList): boolean {
  if (headers === undefined || headers === null) return true
  if (!isList(headers)) {
    for (const name of Object.keys(headers)) if (name) res.setHeader(name, headers[name] as string)
    return true
  }
  const flat = (Array.isArray(headers[0]) ? headers.flat() : headers) as string[]
  if (flat.length % 2 !== 0) return false
  for (let i = 0; i < flat.length; i += 2) res.removeHeader(flat[i]!)
  for (let i = 0; i < flat.length; i += 2) res.appendHeader(flat[i]!, flat[i + 1]!)
  return true
}

function isList(headers: OutgoingHttpHeaders | readonly unknown[]): headers is readonly unknown[] {
  return Array.isArray(headers)
}
