import { coreError } from '@sallyport/core'

/**
 * The bytes of a body, as far as they may go.
 * @throws SecurityError ERR_BODY_MALFORMED (400), ERR_BODY_TOO_LARGE (413)
 */
export async function readFetch({ body }: Request, limit: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array()
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read().catch((): never => {
      throw coreError('ERR_BODY_MALFORMED')
    })
    if (done) return Buffer.concat(chunks)
    size += value.byteLength
    if (size > limit) {
      // Nobody waits for the rest of it.
      reader.cancel().catch(() => undefined)
      throw coreError('ERR_BODY_TOO_LARGE')
    }
    chunks.push(value)
  }
}
