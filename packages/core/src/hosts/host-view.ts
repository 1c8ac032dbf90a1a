import type { Principal } from '../principal.ts'

/** What a framework has around Node's request and response. */
export interface HostView {
  /** Name of the framework, as `Host.kind` tells it. */
  readonly kind: string
  /** What the app's handlers see. */
  readonly seen: object
  /** The request target as it came, where the framework has rewritten Node's. */
  readonly target?: string | undefined
  /** What a parser of the app has made of the body, or a promise of it. */
  readonly body: unknown
  /** Response headers, where the framework keeps them apart until it writes Node's. Each change is made on both. */
  readonly headers?: KeptHeaders
  /** Gives handlers another value for the body. */
  replaceBody(value: unknown): void
  /** Is told of a body that a gate has read, whose bytes no parser finds any more. */
  keepBody?(bytes: Uint8Array): void
  /** Takes a header off the request, where the framework has a copy. */
  forgetHeader?(name: string): void
  /** Shows handlers who is calling. */
  showPrincipal(principal: Principal): void
}

/** Response headers that a framework keeps. */
export interface KeptHeaders {
  get(name: string): string | number | readonly string[] | undefined
  set(name: string, value: string | readonly string[]): void
  append(name: string, value: string): void
  remove(name: string): void
}
