// An app with an audit log: one route that must be recorded, one that need not wait for it. Its parent stands before it.
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment, problemDetails } from '@sallyport/core'
import { captureEvents } from '@sallyport/core/testing'
import express from 'express'

const { directory, ...more } = JSON.parse(process.argv[2])

const strays = []
process.on('unhandledRejection', (reason) => strays.push(String(reason)))
process.on('uncaughtException', (error) => strays.push(String(error)))

const env = createEnvironment()
const events = captureEvents(env)
const audit = auditLogger({
  directory,
  origin: 'shop.example.com/audit',
  env,
  strict: ['payment.*'],
  checkpointInterval: 100,
  // A machine that is busy with other suites is no slow disk.
  deadline: 60_000,
  ...more,
})

const app = express()
let done = 0
app.get('/pay', audit.action('payment.approved'), (req, res) => void res.send(String(++done)))
app.get('/look', audit.action('data.read'), (req, res) => void res.send('seen'))
app.get('/look-often', (req, res) => {
  for (let i = 0; i < req.query.times; i++) void env.publish('authn.accepted', { by: 'test', credential: 'bearer' })
  res.send('seen')
})
app.get('/record', async (req, res) => {
  // As large as a record may well be, so that a small disk is soon full.
  const { index } = await audit.record({
    type: 'data.exported',
    detail: { word: req.query.word, fill: 'x'.repeat(4000) },
  })
  res.send(String(index))
})
app.use(problemDetails())
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', () => {
  const health = events.of('health.changed').map(({ detail }) => `${detail.part} ${detail.healthy}`)
  process.send({ strays, health, done })
})
process.on('disconnect', () => process.exit())
