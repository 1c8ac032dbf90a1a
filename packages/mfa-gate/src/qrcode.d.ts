// Its types name the browser's, which are none of this project's.
declare module 'qrcode' {
  interface Options {
    readonly errorCorrectionLevel?: 'L' | 'M' | 'Q' | 'H'
    readonly margin?: number
    readonly scale?: number
  }
  export function toString(text: string, options: Options & { readonly type: 'svg' }): Promise<string>
  export function toBuffer(text: string, options: Options & { readonly type: 'png' }): Promise<Buffer>
}
