import * as jsqr from 'jsqr'
import { PNG } from 'pngjs'

type Read = (data: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null

/** What a camera reads in a QR code: a PNG as a `data:` URL. */
export function readQr(png: string): string | undefined {
  const { data, width, height } = PNG.sync.read(Buffer.from(png.split(',')[1]!, 'base64'))
  // Its default export is wrapped once more where it is imported as a module.
  const outer = jsqr.default as unknown as Read | { readonly default: Read }
  const read = typeof outer === 'function' ? outer : outer.default
  return read(new Uint8ClampedArray(data), width, height)?.data
}
