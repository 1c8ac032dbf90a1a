import type { Context } from 'hono'

/** A promise of what Hono has read of the body, as it keeps it; nothing where nobody has asked it. */
export function parsedBody({ req }: Context): Promise<unknown> | undefined {
  const { json, text, arrayBuffer } = req.bodyCache as Readonly<Record<string, Promise<unknown> | undefined>>
  return json ?? text ?? arrayBuffer?.then((buffer) => new Uint8Array(buffer as ArrayBuffer))
}

/** Lets handlers that ask Hono for the body find another one. */
export function replaceParsed({ req }: Context, value: unknown): void {
  const cache = { json: Promise.resolve(value), text: Promise.resolve(JSON.stringify(value)) }
  req.bodyCache = cache as unknown as Context['req']['bodyCache']
}
