import { once } from 'node:events'
import { createServer } from 'node:http'
import { createEnvironment } from '@sallyport/core'
import { sessionTracker } from '@sallyport/session-tracker'
import express from 'express'
import { expressServer } from '../lib/express-app.mjs'

/** The tracker's own cookie session. Its cookie is drawn at random: the load sends another one, for which the first guard puts it. */
export async function prepare({ cookie }) {
  const env = createEnvironment()
  const tracker = sessionTracker({ env, cookie: true })
  const app = express().use(tracker)
  app.get('/', async (req, res) => void res.json(await tracker.track(req, { subject: 'ada' })))
  const login = createServer(app).listen(0, '127.0.0.1')
  await once(login, 'listening')
  const answer = await fetch(`http://127.0.0.1:${login.address().port}/`, {
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  const drawn = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  login.closeAllConnections()
  login.close()
  const exchange = (req, res, next) => {
    if (req.headers.cookie === cookie) req.headers.cookie = drawn
    next()
  }
  const required = (req, res, next) => (req.principal ? next() : res.sendStatus(401))
  return expressServer([exchange, tracker, required])
}
