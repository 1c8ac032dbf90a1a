/** What Passport and sessions leave on Express's `req` or Koa's `ctx`. */
interface LoggedIn {
  readonly user?: unknown
  readonly session?: unknown
  readonly state?: { readonly user?: unknown }
  readonly req?: { readonly user?: unknown; readonly session?: unknown }
}

/** Passport's user: `req.user` on Express, `ctx.state.user` on Koa. */
export function userOf(seen: object): unknown {
  const { user, state, req } = seen as LoggedIn
  return user ?? state?.user ?? req?.user
}

/** The session: `req.session` of express-session, `ctx.session` of koa-session. */
export function sessionOf(seen: object): unknown {
  const { session, req } = seen as LoggedIn
  return session ?? req?.session
}
