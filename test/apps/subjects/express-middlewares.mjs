import { fileURLToPath } from 'node:url'
import compression from 'compression'
import cookieSession from 'cookie-session'
import cors from 'cors'
import errorhandler from 'errorhandler'
import express from 'express'
import httpContext from 'express-http-context'
import session from 'express-session'
import express4 from 'express4'
import helmet from 'helmet'
import methodOverride from 'method-override'
import morgan from 'morgan'
import multer from 'multer'
import serveIndex from 'serve-index'

const files = fileURLToPath(new URL('../files', import.meta.url))

/** What people put into Express apps, all in one. */
function makeApp(express, gates, journal, first) {
  const app = express()
  app.set('env', 'test')
  if (first === 'gates') for (const gate of gates) app.use(gate)
  app.use(morgan(':method :url :status :res[content-length]', { stream: { write: (line) => journal(line.trim()) } }))
  app.use(compression({ threshold: 64 }))
  app.use(helmet())
  app.use(cors({ exposedHeaders: 'X-Total', maxAge: 600 }))
  const large = session({ secret: 'for tests', resave: false, saveUninitialized: false, rolling: true })
  const small = cookieSession({ name: 'small', keys: ['for tests'] })
  app.use((req, res, next) => (req.path === '/cookie' ? small : large)(req, res, next))
  if (first === 'app') for (const gate of gates) app.use(gate)
  app.use(methodOverride('X-HTTP-Method-Override'))
  app.use(httpContext.middleware)
  app.use(express.json(), express.urlencoded({ extended: true }), express.text())
  app.use('/files', express.static(files, { maxAge: 1000, lastModified: false }), serveIndex(files, { view: 'tiles' }))

  app.get('/views', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json({ views: req.session.views })
  })
  app.get('/regenerate', (req, res, next) =>
    req.session.regenerate((err) => (err ? next(err) : res.redirect('/views'))),
  )
  app.get('/logout', (req, res, next) => req.session.destroy((err) => (err ? next(err) : res.sendStatus(204))))
  app.get('/empty-session', (req, res) => {
    req.session.seen = true
    res.end()
  })
  app.get('/streamed-session', (req, res) => {
    req.session.streamed = true
    res.write('a')
    setImmediate(() => res.end('b'))
  })
  app.get('/cookie', (req, res) => {
    req.session.n = (req.session.n ?? 0) + 1
    res.send(`n = ${req.session.n}`)
  })
  app.get('/context', (_req, res) => {
    httpContext.set('who', 'ada')
    setImmediate(() => res.json({ who: httpContext.get('who') }))
  })
  app.get('/big', (_req, res) => res.send('squeeze '.repeat(4000)))
  app.get('/ticks', (req, res) => {
    res.type('text/event-stream')
    let n = 0
    const tick = () => {
      if (res.destroyed) return
      res.write(`data: ${++n}\n\n`)
      res.flush()
      if (n < 3) setImmediate(tick)
    }
    tick()
    req.on('close', () => journal('ticks: closed'))
  })
  const upload = multer({ limits: { fileSize: 1024 } })
  app.post('/upload', upload.array('file', 2), (req, res) =>
    res.json({ fields: req.body, files: req.files.map(({ originalname, size }) => [originalname, size]) }),
  )
  app.all('/echo', (req, res) => res.json({ method: req.method, body: req.body ?? null }))
  app.get('/twice', (_req, res) => {
    res.json({ first: true })
    res.json({ second: 'which is longer' })
  })
  app.get('/late-throw', (_req, res) => {
    res.send('answered')
    throw new Error('too late')
  })
  app.get('/half-throw', (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' })
    throw new Error('header was made')
  })
  app.get('/throw', () => {
    throw Object.assign(new Error('out of tea'), { status: 418 })
  })
  app.get('/reject', (_req, _res, next) => Promise.reject(new Error('rejected')).catch(next))
  app.use((err, _req, _res, next) => {
    journal(`error: ${err.message}`)
    next(err)
  })
  app.use('/throw', errorhandler({ log: false }))
  return app
}

const boundary = 'a-boundary'
function form(...parts) {
  const lines = parts.map(
    ([name, file, text]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file ? `; filename="${file}"` : ''}\r\n\r\n${text}\r\n`,
  )
  return {
    method: 'POST',
    path: '/upload',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: `${lines.join('')}--${boundary}--\r\n`,
  }
}

const gzip = { 'Accept-Encoding': 'gzip' }
const json = { 'Content-Type': 'application/json' }
const steps = [
  ...['/views', '/views', '/regenerate', '/views', '/empty-session', '/streamed-session', '/logout', '/views'].map(
    (path) => ({ path, cookies: true }),
  ),
  { path: '/cookie', cookies: true },
  { path: '/cookie', cookies: true },
  { path: '/context' },
  { path: '/big' },
  { path: '/big', headers: gzip },
  { path: '/big', headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } },
  { method: 'HEAD', path: '/big', headers: gzip },
  { path: '/views', headers: gzip },
  { path: '/ticks', leaveAfter: 'data: 3\n\n', awaits: 'ticks: closed' },
  { path: '/files/' },
  { path: '/files/plain.txt' },
  { method: 'HEAD', path: '/files/plain.txt' },
  { path: '/files/plain.txt', headers: { Range: 'bytes=2-5' } },
  { path: '/files/plain.txt', headers: { Range: 'bytes=0-1,4-5' } },
  { path: '/files/plain.txt', headers: { Range: 'bytes=9000-' } },
  { path: '/files/plain.txt', headers: { 'If-None-Match': '*' } },
  { path: '/files/%2e%2e/behind.mjs' },
  { path: '/files/none.txt' },
  { path: '/files' },
  form(['title', undefined, 'two files'], ['file', 'a.txt', 'AAA'], ['file', 'b.txt', 'BBBB']),
  form(['file', 'big.bin', 'x'.repeat(2000)]),
  form(['other', 'c.txt', 'unexpected']),
  { method: 'POST', path: '/echo', headers: json, body: '{"a":[1,2]}' },
  { method: 'POST', path: '/echo', headers: json, body: '{"a":' },
  { method: 'POST', path: '/echo', headers: json, chunks: ['{"chunked":', 'true}'] },
  { method: 'POST', path: '/echo', headers: { ...json, 'Content-Encoding': 'unheard-of' }, body: '{}' },
  { method: 'POST', path: '/echo', headers: { ...json, Expect: '100-continue' }, body: '{"a":1}', patient: true },
  { method: 'POST', path: '/echo', headers: { ...json, 'X-HTTP-Method-Override': 'PURGE' }, body: '{}' },
  { method: 'POST', path: '/echo', headers: json, body: `"${'x'.repeat(110_000)}"` },
  {
    method: 'OPTIONS',
    path: '/echo',
    headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' },
  },
  { method: 'OPTIONS', path: '/big' },
  ...['/twice', '/late-throw', '/half-throw', '/throw', '/reject', '/nowhere'].map((path) => ({ path })),
  { path: '/throw', headers: { Accept: 'application/json' } },
  { pipeline: ['/context', '/big', '/nowhere', '/echo'].map((path) => ({ path })) },
  { path: '/echo?n=#', times: 100 },
]

// Session ids; stacks name the files of the installation, and so do lines of a stack in a page.
const masks = [
  /(?<=connect\.sid=)[^;]*/g,
  /(?<=small(?:\.sig)?=)[^;]*/g,
  /(?<=Expires=)[^;]*/g,
  /(?:<br>|\n|\\n)? +(?:&nbsp;| )*at .*/g,
]

const subject = (name, express, first) => ({
  name: `${name} with the middlewares that people use, ${first === 'gates' ? 'after' : 'around'} the gates`,
  make: (gates, journal) => makeApp(express, gates, journal, first),
  steps,
  masks,
})

export const subjects = [
  subject('Express 5', express, 'gates'),
  subject('Express 5', express, 'app'),
  subject('Express 4', express4, 'gates'),
  subject('Express 4', express4, 'app'),
]
