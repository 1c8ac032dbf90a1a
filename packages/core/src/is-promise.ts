/**
 * Whether something is a promise, of any make and of any realm: in a sandbox such as a test runner's, Node's own promises are no
 * instances of its `Promise`.
 */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
