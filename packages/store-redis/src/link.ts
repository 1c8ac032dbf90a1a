import type { Argument } from './names.ts'

/** Sends one command and answers what it answers; bulk replies are Buffers. */
export type Send = (command: readonly Argument[]) => Promise<unknown>

/** A connection, or those to all nodes of a cluster, made for the store alone. It is lost once and does not come back. */
export interface Link {
  /** Settles when it can be used. */
  open(onLost: () => void): Promise<void>
  /** Sends a command at once, to the node that has the key. */
  send(key: Argument, command: readonly Argument[]): Promise<unknown>
  /** Sends a write, and asks how many replicas have it, waiting so many milliseconds for so many. */
  sendAndWait(
    key: Argument,
    command: readonly Argument[],
    replicas: number,
    patience: number,
  ): Promise<readonly [reply: unknown, confirmed: number]>
  /** Every node that holds data. */
  masters(): Promise<readonly Send[]>
  /** Ends it; what waits for an answer fails. */
  destroy(): void
}

/** A connection that listens to channels. It is lost once and does not come back. */
export interface Ear {
  open(onLost: () => void): Promise<void>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  /** Asks for a sign of life. */
  ping(): Promise<unknown>
  destroy(): void
}

/** Where connections come from: the app's client, which stays as it is. */
export interface Source {
  /** What the app's client puts before every key. */
  readonly keyPrefix: string
  /** Whether a link goes to many servers, of which one may be silent. */
  readonly many: boolean
  /** Milliseconds are the time that making a connection may take. */
  link(limit: number): Promise<Link>
  ear(limit: number, onHint: (channel: string) => void): Promise<Ear>
}
