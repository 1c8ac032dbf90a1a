import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'

interface Codec {
  decode(bytes: Buffer, most: number): Buffer
  encode(bytes: Buffer): Buffer
}

const identity: Codec = { decode: (bytes) => bytes, encode: (bytes) => bytes }
const gzip: Codec = {
  decode: (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
  encode: (bytes) => gzipSync(bytes),
}

/** Content codings (RFC 9110, section 8.4.1) that can be taken off and put on again. */
export const codecs: Readonly<Record<string, Codec>> = {
  identity,
  gzip,
  'x-gzip': gzip,
  deflate: {
    decode: (bytes, most) => inflateSync(bytes, { maxOutputLength: most }),
    encode: (bytes) => deflateSync(bytes),
  },
  br: {
    decode: (bytes, most) => brotliDecompressSync(bytes, { maxOutputLength: most }),
    encode: (bytes) => brotliCompressSync(bytes),
  },
}
