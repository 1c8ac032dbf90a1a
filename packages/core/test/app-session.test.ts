import { appSessionOf, createEnvironment, defineMiddleware, type AppSession } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Host } from '../../../test/hosts/host.ts'
import { keptSessions } from '../../../test/hosts/kept-sessions.ts'

/** An app whose every request does something with its session. */
async function visit(host: Host, act: (session: AppSession) => unknown) {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  const sessions = keptSessions()
  const gate = defineMiddleware({
    name: 'acts',
    environment: env,
    async gate(exchange) {
      const session = appSessionOf(exchange)
      if (session === undefined) return { status: 404 }
      return { status: 200, body: JSON.stringify((await act(session)) ?? null) }
    },
  })
  const { fetch } = await host.start({ use: [sessions.middleware, gate] })
  let cookie = ''
  return {
    sessions,
    async ask(): Promise<unknown> {
      const answer = await fetch('/', { headers: cookie === '' ? {} : { cookie } })
      expect(answer.status).toBe(200)
      cookie =
        answer.headers
          .getSetCookie()
          .map((line) => line.split(';')[0]!)
          .join('; ') || cookie
      return answer.json()
    },
  }
}

describeHosts('the session that the app keeps', (host) => {
  it('holds what it is given, as long as the app says', async () => {
    const { ask } = await visit(host, (session) => {
      const seen = session.get('seen')
      session.set('seen', true)
      // Where it is counted from the expiry, some of it has passed.
      return { seen: seen ?? null, seconds: Math.ceil(session.maxAge! / 1000), named: typeof session.id }
    })
    expect(await ask()).toMatchObject({ seen: null, seconds: 60 })
    expect(await ask()).toEqual({ seen: true, seconds: 60, named: 'string' })
  })

  it('keeps what it holds under another id when it is rotated, and its store forgets the old one', async () => {
    let rotate = false
    const { ask, sessions } = await visit(host, async (session) => {
      if (rotate) await session.rotate()
      session.set('count', ((session.get('count') as number | undefined) ?? 0) + 1)
      return { id: session.id, count: session.get('count') }
    })
    await ask()
    const before = (await ask()) as { id: string }
    rotate = true
    const after = (await ask()) as { id: string }
    rotate = false
    expect(after).toMatchObject({ count: 3 })
    expect(after.id).not.toBe(before.id)
    expect(sessions.ids()).toEqual([after.id])
    expect(await ask()).toEqual({ id: after.id, count: 4 })
  })

  it('is gone from its store when it is ended', async () => {
    let end = false
    const { ask, sessions } = await visit(host, async (session) => {
      session.set('count', 1)
      if (end) await session.destroy()
    })
    await ask()
    expect(sessions.ids()).toHaveLength(1)
    end = true
    await ask()
    expect(sessions.ids()).toEqual([])
  })
})

it('a request without one has none', async () => {
  const env = createEnvironment()
  onTestFinished(() => env.close())
  expect(appSessionOf({ host: { kind: 'node', seen: {} } } as never)).toBeUndefined()
  expect(appSessionOf({ host: { kind: 'node', seen: { session: { userId: 1 } } } } as never)).toBeUndefined()
})
