/** The connection by which a request came, where its server tells of it. */
export interface Connection {
  /** Address of its other end, as the server has seen it: never taken from a header. */
  readonly address: string
  /** The client's certificate in DER, where the handshake has shown one. */
  readonly certificate?: Uint8Array
}
