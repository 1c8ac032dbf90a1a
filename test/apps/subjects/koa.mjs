import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import multer from '@koa/multer'
import Router from '@koa/router'
import Koa from 'koa'
import compress from 'koa-compress'
import mount from 'koa-mount'
import session from 'koa-session'
import serve from 'koa-static'
import Koa2 from 'koa2'

const files = fileURLToPath(new URL('../files', import.meta.url))

/** What the examples of Koa show, and the middlewares that people use with it, in one app. */
function makeApp(Koa, gates, journal) {
  const app = new Koa()
  app.keys = ['for tests']
  app.on('error', (err) => journal(`app: ${err.message}`))
  for (const gate of gates) app.use(gate)
  app.use(async (ctx, next) => {
    const before = ctx.body
    await next()
    journal(`${ctx.method} ${ctx.url} ${ctx.status} ${before === undefined}`)
    ctx.set('X-Response', ctx.message)
  })
  app.use(compress({ threshold: 64, br: false }))
  app.use(session({ key: 'koa.sess' }, app))
  app.use(mount('/files', serve(files, { maxage: 1000 })))

  const router = new Router()
  router.get('/hello', (ctx) => void (ctx.body = 'Hello World'))
  router.get('/json', (ctx) => void (ctx.body = { ok: true }))
  router.get('/typed', (ctx) => {
    ctx.body = { ok: true }
    ctx.type = 'application/vnd.api+json'
  })
  router.get('/retyped', (ctx) => {
    ctx.body = { ok: true }
    ctx.set('Content-Type', 'text/plain')
    ctx.status = 202
  })
  router.get('/null', (ctx) => void (ctx.body = null))
  router.get('/204', (ctx) => void (ctx.status = 204))
  router.get('/empty', (ctx) => void (ctx.body = ''))
  router.get('/buffer', (ctx) => void (ctx.body = Buffer.from('bytes')))
  router.get('/array', (ctx) => void (ctx.body = [1, 2]))
  router.get('/number', (ctx) => void (ctx.body = 7))
  router.get('/status', (ctx) => void (ctx.status = 418))
  router.get('/redirect', (ctx) => ctx.redirect('/hello'))
  router.get('/file', (ctx) => {
    ctx.type = 'txt'
    ctx.body = createReadStream(`${files}/plain.txt`)
  })
  router.get('/view', (ctx) => {
    ctx.type = 'html'
    ctx.body = Readable.from(['<head></head>', '<p>Hello</p>', '</html>'])
  })
  router.get('/objects', (ctx) => {
    ctx.type = 'json'
    const stream = (ctx.body = new PassThrough())
    stream.write('[{"id":1}')
    setImmediate(() => stream.end(',{"id":2}]'))
  })
  router.get('/ticks', (ctx) => {
    ctx.type = 'text/event-stream'
    ctx.compress = false
    const stream = (ctx.body = new PassThrough())
    let n = 0
    const tick = () => {
      stream.write(`data: ${++n}\n\n`)
      if (n < 3) setImmediate(tick)
    }
    tick()
    ctx.req.on('close', () => journal('ticks: closed'))
  })
  router.get('/own', (ctx) => {
    ctx.respond = false
    ctx.res.writeHead(201, { 'X-Own': '1' })
    ctx.res.end('by itself')
  })
  router.get('/views', (ctx) => {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = `${ctx.session.views} views`
  })
  router.get('/logout', (ctx) => {
    ctx.session = null
    ctx.status = 204
  })
  router.get('/cookies', (ctx) => {
    ctx.cookies.set('count', String(Number(ctx.cookies.get('count') ?? 0) + 1), { signed: true })
    ctx.body = 'counted'
  })
  router.get('/negotiation', (ctx) => {
    const type = ctx.accepts('json', 'html', 'text')
    if (type === false) ctx.throw(406)
    ctx.body = type === 'json' ? { name: 'tobi' } : 'tobi'
  })
  router.get('/fresh', (ctx) => {
    ctx.body = { fresh: false }
    ctx.etag = 'one'
    if (ctx.fresh) ctx.status = 304
  })
  router.get('/throw', (ctx) => ctx.throw(403, 'not you', { headers: { 'X-Why': 'because' } }))
  router.get('/boom', () => {
    throw new Error('boom')
  })
  router.get('/big', (ctx) => void (ctx.body = { text: 'squeeze '.repeat(4000) }))
  router.get('/caught', async (ctx) => {
    try {
      await Promise.reject(new Error('inner'))
    } catch (err) {
      ctx.status = 502
      ctx.body = { message: err.message }
      ctx.app.emit('error', err, ctx)
    }
  })
  router.post('/echo', async (ctx) => {
    let body = ''
    for await (const chunk of ctx.req) body += chunk
    ctx.body = { body, trailers: ctx.req.rawTrailers }
  })
  router.post('/upload', multer().array('file'), (ctx) => {
    ctx.body = ctx.files.map(({ originalname, size }) => [originalname, size])
  })
  app.use(router.routes()).use(router.allowedMethods())
  return app.callback()
}

const paths = [
  ...['hello', 'json', 'typed', 'retyped', 'null', '204', 'empty', 'buffer', 'array', 'number', 'status', 'redirect'],
  ...['file', 'view', 'objects', 'own', 'views', 'cookies', 'negotiation', 'fresh', 'throw', 'boom', 'big'],
  ...['caught', 'files/plain.txt', 'files/none.txt', 'nowhere'],
].map((name) => `/${name}`)

const steps = [
  ...paths.map((path) => ({ path })),
  ...paths.map((path) => ({ method: 'HEAD', path })),
  ...['/big', '/json', '/file', '/files/plain.txt'].map((path) => ({ path, headers: { 'Accept-Encoding': 'gzip' } })),
  ...['/views', '/views', '/logout', '/views', '/cookies', '/cookies'].map((path) => ({ path, cookies: true })),
  ...['text/html', 'application/json', 'image/png'].map((type) => ({
    path: '/negotiation',
    headers: { Accept: type },
  })),
  { path: '/fresh', headers: { 'If-None-Match': '"one"' } },
  { method: 'POST', path: '/echo', body: 'a body' },
  { method: 'POST', path: '/echo', chunks: ['in ', 'chunks'] },
  { method: 'POST', path: '/echo', headers: { Expect: '100-continue' }, body: 'waited for', patient: true },
  {
    method: 'POST',
    path: '/upload',
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nAAA\r\n--b--\r\n',
  },
  { method: 'PUT', path: '/hello' },
  { method: 'OPTIONS', path: '/echo' },
  { method: 'BREW', path: '/hello' },
  { path: '/ticks', leaveAfter: 'data: 3\n\n', awaits: 'ticks: closed' },
  { pipeline: ['/hello', '/objects', '/json', '/file'].map((path) => ({ path })) },
  { path: '/view', version: 'HTTP/1.0' },
  { path: '/json?n=#', times: 100 },
]

// The session in the cookie says when it ends, and its signature is over that; files have a time.
const masks = [/(?<=koa\.sess(?:\.sig)?=)[^;]*/g, /(?<=expires=)[^;]*/g, /(?<=^last-modified: ).*$/gim]

export const subjects = [
  { name: 'the examples of Koa 3', make: (gates, journal) => makeApp(Koa, gates, journal), steps, masks },
  { name: 'the examples of Koa 2', make: (gates, journal) => makeApp(Koa2, gates, journal), steps, masks },
]
