import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { fromSession, identify, problemDetails, type Environment } from '@sallyport/core'
import { mfaGate, pushApproval, recoveryCodes, totp, type PushSender } from '@sallyport/mfa-gate'
import { passkeys } from '@sallyport/mfa-gate/passkeys'
import express, { type Express, type Request, type Response } from 'express'
import session from 'express-session'
import { homePage, loginPage, secondFactorPage, securityPage } from './pages.ts'
import { script } from './script.ts'

declare module 'express-session' {
  interface SessionData {
    user: string
    authTime: number
  }
}

/** What the app runs with. */
export interface AppOptions {
  readonly env: Environment
  /** Where browsers find it: passkeys are made for it. */
  readonly origin: string
  /** Passwords of the people who may log in. */
  readonly people: Readonly<Record<string, string>>
  readonly push: PushSender
}

/** An app with a login of its own, and second factors on it. */
export function createApp({ env, origin, people, push }: AppOptions): Express {
  const verify = passwordsOf(people)
  const mfa = mfaGate({
    env,
    factors: [
      totp({ issuer: 'Example' }),
      passkeys({ rpId: new URL(origin).hostname, rpName: 'Example', origins: [origin] }),
      recoveryCodes(),
      pushApproval({ send: push, page: `${origin}/mfa/push` }),
    ],
    verifyPassword: ({ subject }, password) => verify(subject, password),
    pages: { verify: '/second-factor', enrol: '/security' },
  })
  const form = express.urlencoded({ extended: false, limit: '4kb' })
  const app = express().disable('x-powered-by')

  app.use((_req, res, next) => {
    res.setHeader(
      'content-security-policy',
      "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    next()
  })
  app.use(
    session({
      secret: randomBytes(32).toString('hex'),
      resave: false,
      saveUninitialized: false,
      cookie: { sameSite: 'lax' },
    }),
  )
  app.use(
    identify(
      fromSession(({ user, authTime }: Partial<session.SessionData>) =>
        user === undefined ? undefined : { subject: user, amr: ['pwd'], authTime: authTime! },
      ),
      { env },
    ),
  )
  // Before the gate, so that whoever is stopped by it gets through it.
  app.use(mfa.routes())

  app.get('/app.js', (_req, res) => void res.type('text/javascript').send(script))
  app.get('/login', (_req, res) => void res.type('html').send(loginPage()))
  app.post('/login', form, (req, res, next) => {
    const { user, password } = req.body as { user?: string; password?: string }
    if (!verify(String(user), String(password)))
      return void res.status(401).type('html').send(loginPage('Wrong name or password.'))
    req.session.regenerate((err: unknown) => {
      if (err) return next(err)
      Object.assign(req.session, { user: String(user), authTime: Math.floor(env.clock.now() / 1000) })
      res.redirect(303, '/')
    })
  })
  app.post('/logout', (req, res, next) =>
    req.session.destroy((err: unknown) => (err ? next(err) : res.redirect(303, '/login'))),
  )
  app.use((req, res, next) => (req.principal ? next() : res.redirect(303, '/login')))
  app.get('/second-factor', (_req, res) => void res.type('html').send(secondFactorPage()))

  app.use(mfa.enforce())
  app.get('/', (req: Request, res: Response) => void res.type('html').send(homePage(req.principal!)))
  app.get('/security', (_req, res) => void res.type('html').send(securityPage()))
  app.get(
    '/vault',
    mfa.require({ maxAge: '5m' }),
    (req, res) => void res.type('html').send(homePage(req.principal!, 'The vault is open.')),
  )
  app.use(problemDetails())
  return app
}

/** Passwords by a slow hash, also for names that nobody has. */
function passwordsOf(people: Readonly<Record<string, string>>): (user: string, password: string) => boolean {
  const salt = randomBytes(16)
  const digest = (password: string): Buffer => scryptSync(password, salt, 32)
  const known = new Map(Object.entries(people).map(([user, password]) => [user, digest(password)]))
  const nobody = randomBytes(32)
  return (user, password) => timingSafeEqual(known.get(user) ?? nobody, digest(password))
}
