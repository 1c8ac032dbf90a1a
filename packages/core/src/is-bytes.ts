/** Whether something is a `Uint8Array`, also of another realm, as Node's buffers are in a test runner's sandbox. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === 'Uint8Array'
}
