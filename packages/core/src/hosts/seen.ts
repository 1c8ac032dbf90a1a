/** What Passport and sessions leave on Express's and Fastify's `req`, or Koa's `ctx`. */
interface LoggedIn {
  readonly user?: unknown
  readonly session?: unknown
  readonly state?: { readonly user?: unknown }
  readonly req?: { readonly user?: unknown; readonly session?: unknown }
  /** Node's request behind Hono's context, where Express's middlewares leave theirs. */
  readonly env?: { readonly incoming?: { readonly user?: unknown; readonly session?: unknown } }
}

/** Passport's user: `req.user` on Express and Fastify, `ctx.state.user` on Koa. */
export function userOf(seen: object): unknown {
  const { user, state, req, env } = seen as LoggedIn
  return user ?? state?.user ?? req?.user ?? env?.incoming?.user
}

/** The session: `req.session` of express-session and @fastify/session, `ctx.session` of koa-session. */
export function sessionOf(seen: object): unknown {
  const { session, req, env } = seen as LoggedIn
  return session ?? req?.session ?? env?.incoming?.session
}
