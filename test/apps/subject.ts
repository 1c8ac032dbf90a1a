import type { RequestListener, Server } from 'node:http'
import type { Middleware } from '@sallyport/core'

/** An app under test, with what its clients do. */
export interface Subject {
  readonly name: string
  /**
   * Makes the app: a listener for a server, or a server of its own that does not listen yet. `gates` come before all else; a bare app is
   * given none. What `journal` is told is compared too: the order in which the app sees things happen.
   */
  make(gates: readonly Middleware[], journal: (line: string) => void): App | Promise<App>
  readonly steps: readonly Step[]
  /** What differs between two runs of the bare app; whatever matches becomes `…`. `Date` does anyway. */
  readonly masks?: readonly RegExp[]
}

export type App =
  | RequestListener
  | { readonly server: Server; readonly close?: () => unknown }
  | { readonly listener: RequestListener; readonly close?: () => unknown }

/** One request, or several at once, as bytes on a connection; the next step uses the same connection while it lasts. */
export interface Step {
  /** @default 'GET' */
  readonly method?: string
  readonly path?: string
  /** @default 'HTTP/1.1' */
  readonly version?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent at once, with its length. */
  readonly body?: string | Uint8Array
  /** Sent one by one with `Transfer-Encoding: chunked`, and a trailer at the end. */
  readonly chunks?: readonly string[]
  /** Held back until the server says `100 Continue`, where `body` is given with `Expect`. */
  readonly patient?: boolean
  /** The whole request, as bytes. */
  readonly raw?: string
  /** These requests leave in one piece. */
  readonly pipeline?: readonly Step[]
  /** Goes away once the answer has this in it; empty: once the request is sent. */
  readonly leaveAfter?: string
  /** Goes on once the journal has a line that contains this. */
  readonly awaits?: string
  /** Sends the cookies that were set until now. */
  readonly cookies?: boolean
  /** On so many connections of their own at the same time; `#` in the path is the number. */
  readonly times?: number
  /** Any other client, at the app's port; what it returns is compared. */
  client?(port: number): unknown
}
