import type { SessionTracker } from '@sallyport/session-tracker'
import { express5Host } from '../hosts/node-hosts.ts'

/** One node of an app that has the tracker's own cookie. */
export interface SessionApp {
  /** Logs a user in and answers the cookie. */
  login(user: string): Promise<string>
  tryLogin(user: string, authTime?: number): Promise<{ readonly status: number; readonly cookie?: string }>
  /** Who the cookie belongs to. */
  who(cookie: string): Promise<string | null>
  /** Gives the session another cookie. */
  rotate(cookie: string): Promise<string>
}

export async function sessionApp(tracker: SessionTracker): Promise<SessionApp> {
  const app = await express5Host.start({
    use: [tracker],
    handler: async ({ seen, exchange, principal }) => {
      const asked = new URLSearchParams(exchange!.search)
      const user = asked.get('login')
      const authTime = asked.get('at')
      if (user !== null)
        await tracker.track(seen, { subject: user, ...(authTime !== null && { authTime: Number(authTime) }) })
      if (asked.has('rotate')) await tracker.rotate(seen)
      return { body: { user: principal?.subject ?? null } }
    },
  })
  const ask = (query: string, cookie?: string): Promise<Response> =>
    app.fetch(`/orders?${query}`, {
      headers: { 'sec-fetch-site': 'same-origin', ...(cookie !== undefined && { cookie }) },
    })
  const cookieOf = (answer: Response): string | undefined =>
    answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('__Host-session='))
      ?.split(';')[0]
  const tryLogin: SessionApp['tryLogin'] = async (user, authTime) => {
    const answer = await ask(`login=${user}${authTime === undefined ? '' : `&at=${authTime}`}`)
    const cookie = cookieOf(answer)
    return { status: answer.status, ...(cookie !== undefined && { cookie }) }
  }
  return {
    tryLogin,
    login: async (user) => (await tryLogin(user)).cookie!,
    who: async (cookie) => ((await (await ask('', cookie)).json()) as { user?: string | null }).user ?? null,
    rotate: async (cookie) => cookieOf(await ask('rotate', cookie))!,
  }
}
