import type { Principal } from '../principal.ts'
import type { HostView } from './host-view.ts'
import type { KoaContext } from './koa-context.ts'

/** Koa keeps its own in its context; headers it keeps in Node's response. */
export class KoaView implements HostView {
  readonly kind = 'koa'
  readonly seen: KoaContext

  constructor(ctx: KoaContext) {
    this.seen = ctx
  }

  get target(): string | undefined {
    return this.seen.originalUrl
  }

  get body(): unknown {
    return this.seen.request?.body
  }

  replaceBody(value: unknown): void {
    Object.assign(this.seen.request!, { body: value })
  }

  showPrincipal(principal: Principal): void {
    this.seen.state.principal = principal
  }
}
