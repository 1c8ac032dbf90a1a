import { problemDetails, type Environment, type Principal } from '@sallyport/core'
import { sessionTracker, type GeoProvider } from '@sallyport/session-tracker'
import express, { type Express, type Request, type RequestHandler } from 'express'
import { devicesPage, loginPage, style } from './pages.ts'
import type { Users } from './users.ts'

/** What the app runs with. */
export interface AppOptions {
  readonly users: Users
  readonly env: Environment
  readonly geo?: GeoProvider
}

/** How recent a login must be to sign out other devices, in seconds. */
const RECENT = 300

/** A page on which users see where they are signed in, and sign those devices out. */
export function createApp({ users, env, geo }: AppOptions): Express {
  const sessions = sessionTracker({ env, cookie: true, ...(geo && { geo }) })
  const app = express().disable('x-powered-by')
  app.use((_req, res, next) => {
    res.setHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    )
    res.setHeader('cache-control', 'no-store')
    next()
  })
  app.get('/style.css', (_req, res) => void res.type('css').send(style))
  app.use(sessions)

  const form = express.urlencoded({ extended: false, limit: '4kb' })
  app.get('/login', (_req, res) => void res.send(loginPage('')))
  app.post('/login', form, async (req, res) => {
    const { name, password } = Object(req.body) as { name?: unknown; password?: unknown }
    if (typeof name !== 'string' || typeof password !== 'string' || !(await users.check(name, password))) {
      return void res.status(401).send(loginPage('The name or the password is wrong.', String(name ?? '')))
    }
    await sessions.track(req, { subject: name, amr: ['pwd'] })
    res.redirect(303, '/devices')
  })

  /** ASVS 7.5.2: whoever finds a device that was left open must not sign out its owner. */
  const recently: RequestHandler = (req, res, next) => {
    const { subject, authTime = 0 } = callerOf(req)
    if (env.clock.now() / 1000 - authTime <= RECENT) return next()
    return res.status(401).send(loginPage('To sign out other devices, sign in once more.', subject))
  }
  app.get('/', (_req, res) => res.redirect(303, '/devices'))
  app.get('/devices', signedIn, async (req, res) => {
    const { ended } = req.query
    const listed = await sessions.list(callerOf(req))
    res.send(
      devicesPage(
        listed,
        sessions.current(req)?.id,
        typeof ended === 'string' ? Number.parseInt(ended, 10) : undefined,
      ),
    )
  })
  app.post('/devices/others', signedIn, recently, async (req, res) => {
    const ended = await sessions.endOthers(req, { reason: 'ended by its user', by: 'user' })
    res.redirect(303, `/devices?ended=${ended}`)
  })
  app.post('/devices/:id/end', signedIn, recently, async (req, res) => {
    const ending = { reason: 'ended by its user', by: 'user' } as const
    const ended = await sessions.end(callerOf(req), String(req.params['id']), ending)
    res.redirect(303, `/devices?ended=${ended ? 1 : 0}`)
  })
  app.post('/logout', async (req, res) => {
    await sessions.logout(req)
    res.redirect(303, '/login')
  })
  return app.use(problemDetails())
}

const signedIn: RequestHandler = (req, res, next) =>
  req.principal === undefined ? res.redirect(303, '/login') : next()

function callerOf(req: Request): Principal {
  return req.principal!
}
