import { Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { RedactingStream } from './text-stream.ts'

/** The engine as a stream of Node's: bytes of UTF-8 in and out, with its back-pressure. */
export function transformOf(engine: RedactingStream, done: () => void): Transform {
  const decoder = new StringDecoder('utf8')
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      try {
        const out = engine.write(decoder.write(chunk))
        callback(null, out === '' ? undefined : out)
      } catch (thrown) {
        callback(thrown as Error)
      }
    },
    flush(callback) {
      try {
        const out = engine.write(decoder.end()) + engine.end()
        done()
        callback(null, out === '' ? undefined : out)
      } catch (thrown) {
        callback(thrown as Error)
      }
    },
  })
}
