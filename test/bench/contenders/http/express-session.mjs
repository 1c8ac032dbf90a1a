import session from 'express-session'
import { createEnvironment, fromSession, identify } from '@sallyport/core'
import { sessionTracker } from '@sallyport/session-tracker'
import { expressServer } from '../lib/express-app.mjs'

/** A logged-in session of express-session's memory store, alone, with `identify()`, or with the tracker too. */
export function prepare({ withIdentify, withTracker, secret, id }) {
  const env = createEnvironment()
  const store = new session.MemoryStore()
  const tracker = withTracker ? sessionTracker({ env }) : undefined
  const cookie = { maxAge: 86_400_000, originalMaxAge: 86_400_000, path: '/', httpOnly: true }
  const at = Math.floor(Date.now() / 1000)
  store.set(id, { cookie, user: 'ada', at })
  const guarded = tracker?.expressStore(store) ?? store
  const sessions = session({ secret, store: guarded, resave: false, saveUninitialized: false })
  const login = identify(
    fromSession((held) => (held.user ? { subject: held.user, authTime: held.at } : undefined)),
    {
      env,
      required: true,
    },
  )
  const refuse = (req, res, next) => (req.session.user ? next() : res.sendStatus(401))
  return expressServer([sessions, withIdentify ? login : refuse, ...(tracker ? [tracker] : [])])
}
