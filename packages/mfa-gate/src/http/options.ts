/** Options of `mfa.routes()`. */
export interface MfaRoutesOptions {
  /** Where the routes are: the whole path, also below a mounted router. @default '' */
  readonly prefix?: string
  /** Largest body, in bytes. @default 65536 */
  readonly maxBodyBytes?: number
}
