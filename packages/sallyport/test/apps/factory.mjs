import express from 'express'

function build(path) {
  const app = express()
  app.get(path, (_req, res) => res.end())
  return app
}
export const createApp = async () => build('/made')
// Settled only later.
export const promised = Promise.resolve(build('/promised'))
export const listening = build('/listening')
listening.listen(0)
