import { Hono } from 'hono'

export const app = new Hono().get('/a\nb\u001B[2J', (c) => c.text('reached'))
