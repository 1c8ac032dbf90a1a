import type { Context } from 'hono'

type Json = (object: unknown, ...rest: unknown[]) => unknown

/** The object stage: what handlers give `c.json`. */
export function patchJson(c: Context, transform: (body: unknown) => unknown): void {
  const json = c.json as unknown as Json
  const patched: Json = (object, ...rest) => json(transform(object), ...rest)
  c.json = patched as unknown as Context['json']
}
