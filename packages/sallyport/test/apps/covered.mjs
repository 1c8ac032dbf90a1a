import express from 'express'
import { access } from './gates.mjs'

export const app = access.defaultDeny(express())
const handler = (_req, res) => res.end()
app.get('/orders', access.require('orders:read'), handler)
app.get('/open', handler)
app.use('/files', express.static('.'))
