/** A QR code of a text, for screens and for paper. */
export interface QrCode {
  /** An SVG document. */
  readonly svg: string
  /** A PNG as a `data:` URL. */
  readonly png: string
}

/** Draws a QR code with the correction level that phones read from screens. */
export async function qrOf(text: string): Promise<QrCode> {
  // Drawn once in an account's life: not every process needs to load it.
  const { toBuffer, toString } = await import('qrcode')
  const options = { errorCorrectionLevel: 'M', margin: 4 } as const
  const [svg, png] = await Promise.all([
    toString(text, { ...options, type: 'svg' }),
    toBuffer(text, { ...options, type: 'png', scale: 6 }),
  ])
  return { svg: svg.trim(), png: `data:image/png;base64,${png.toString('base64')}` }
}
