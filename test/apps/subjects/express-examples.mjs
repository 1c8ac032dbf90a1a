import { fileURLToPath } from 'node:url'
import express from 'express'
import express4 from 'express4'
import session from 'express-session'

const files = fileURLToPath(new URL('../files', import.meta.url))

/** What the examples of Express show, each below its own path, in our own words. */
function makeApp(express, gates, journal) {
  const app = express()
  app.set('env', 'test')
  app.set('views', files)
  app.engine('html', (path, { title = 'none' }, done) => done(null, `<h1>${title} from ${path.slice(-9)}</h1>`))
  app.set('view engine', 'html')
  app.enable('verbose errors')
  for (const gate of gates) app.use(gate)
  app.use(session({ secret: 'for tests', resave: false, saveUninitialized: false }))
  app.use(express.urlencoded({ extended: false }))

  app.get('/hello-world', (_req, res) => res.send('Hello World'))

  const auth = express.Router()
  auth.post('/login', (req, res) => {
    if (req.body.password !== 'foobar') return void res.redirect('/auth/restricted')
    req.session.regenerate(() => {
      req.session.user = req.body.username
      res.redirect(303, '/auth/restricted')
    })
  })
  auth.get('/restricted', (req, res) => {
    if (!req.session.user) return void res.status(401).send('Access denied')
    res.send(`Wahoo, ${req.session.user}`)
  })
  app.use('/auth', auth)

  app.get('/content-negotiation', (_req, res) =>
    res.format({ html: () => res.send('<ul></ul>'), text: () => res.send(' - '), json: () => res.json([]) }),
  )

  app.get('/cookies', (req, res) => {
    res.cookie('remember', '1', { maxAge: 60_000, httpOnly: true, path: '/cookies' })
    res.append('Set-Cookie', 'more=1')
    res.send(/remember=\w*/.exec(req.headers.cookie)?.[0] ?? 'none')
  })
  app.get('/cookies/forget', (_req, res) => res.clearCookie('remember').redirect('/cookies'))

  app.get('/downloads/:file', (req, res, next) => {
    res.download(req.params.file, { root: files }, (err) => {
      if (!err) return journal('downloaded')
      if (err.status !== 404) return next(err)
      res.status(404).send('No such file')
    })
  })

  app.get('/error', (_req, _res, next) => process.nextTick(() => next(new Error('oh no'))))
  app.get('/error-pages/:status', (req, _res, next) =>
    next(Object.assign(new Error('not allowed'), { status: Number(req.params.status) })),
  )
  app.get('/ejs', (_req, res) => res.render('page', { title: 'EJS example' }))
  app.get('/view-missing', (_req, res) => res.render('nothing'))

  const v2 = express.Router({ mergeParams: true })
  v2.get('/users', (req, res) => res.json({ version: req.params.version, base: req.baseUrl }))
  app.use('/api/:version', v2)

  const users = ['tj', 'tobi', 'loki']
  app.param('user', (req, _res, next, id) => {
    req.user = users[id]
    next(req.user ? undefined : Object.assign(new Error('failed to find user'), { status: 404 }))
  })
  app.get('/params/user/:user', (req, res) => res.send(`user ${req.user}`))

  app
    .route('/resource')
    .get((_req, res) => res.json(users))
    .post((req, res) => res.status(201).location('/resource/3').json(req.body))
    .delete((_req, res) => res.sendStatus(204))

  const load = (req, res, next) => {
    res.locals.user = { name: req.query.as }
    next()
  }
  app.get(
    '/route-middleware',
    load,
    (_req, res, next) => (res.locals.user.name ? next() : next('route')),
    (_req, res) => res.send(res.locals.user.name),
  )
  app.get('/route-middleware', (_req, res) => res.send('nobody'))

  app.use('/static-files', express.static(files, { etag: true, lastModified: false, dotfiles: 'deny' }))

  const host = express()
  host.get('/vhost', (req, res) =>
    res.json({ host: req.hostname, mounted: host.mountpath, ip: req.ip, secure: req.secure }),
  )
  app.use(host)

  app.use('/web-service', (req, _res, next) =>
    next(req.query['api-key'] ? undefined : Object.assign(new Error('api key required'), { status: 400 })),
  )
  app.get('/web-service/users', (_req, res) => res.jsonp(users))
  app.get('/no-etag', (_req, res) => res.set('ETag', 'W/"own"').set('Cache-Control', 'no-store').send('own'))
  app.get('/buffer', (_req, res) => res.type('bin').send(Buffer.from([1, 2, 255])))
  app.get('/number', (_req, res) => res.status(299).links({ next: '/2' }).vary('Accept').send('n'))
  app.get('/attachment', (_req, res) => res.attachment('näme.txt').end('text'))
  app.get('/stream', (_req, res) => {
    res.write('one')
    setImmediate(() => res.end('two'))
  })

  app.use((req, res) => {
    res.status(404)
    res.format({ html: () => res.send(`<p>${req.originalUrl}</p>`), json: () => res.json({ error: 'Not found' }) })
  })
  app.use((err, _req, res, next) => {
    journal(err.message)
    if (res.headersSent) return next(err)
    res.status(err.status ?? 500).send({ error: err.message.replace(files, '') })
  })
  return app
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const plain = [
  ...['/hello-world', '/content-negotiation', '/error', '/error-pages/403', '/ejs', '/view-missing', '/resource'],
  ...[
    '/api/v2/users',
    '/api/v2/none',
    '/params/user/0',
    '/params/user/9',
    '/route-middleware',
    '/route-middleware?as=tj',
  ],
  ...['/vhost', '/web-service/users', '/web-service/users?api-key=1', '/web-service/users?api-key=1&callback=f'],
  ...['/no-etag', '/buffer', '/number', '/attachment', '/stream', '/nowhere', '/%E0%A4%A'],
  ...['/downloads/plain.txt', '/downloads/none.txt', '/downloads/%2e%2e%2fbehind.mjs'],
  ...['/static-files/plain.txt', '/static-files/none', '/static-files/.hidden', '/static-files'],
]

const steps = [
  ...plain.map((path) => ({ path })),
  ...plain.map((path) => ({ method: 'HEAD', path })),
  { path: '/auth/restricted', cookies: true },
  { method: 'POST', path: '/auth/login', headers: form, body: 'username=tj&password=wrong', cookies: true },
  { method: 'POST', path: '/auth/login', headers: form, body: 'username=tj&password=foobar', cookies: true },
  { path: '/auth/restricted', cookies: true },
  ...['/cookies', '/cookies', '/cookies/forget', '/cookies'].map((path) => ({ path, cookies: true })),
  ...['text/html', 'text/plain', 'application/json', 'image/png'].map((type) => ({
    path: '/content-negotiation',
    headers: { Accept: type },
  })),
  { path: '/nowhere', headers: { Accept: 'application/json' } },
  { path: '/hello-world', headers: { 'If-None-Match': 'W/"b-Ck1VqNd45QIvq3AZd8XYQLvEhtA"' } },
  { path: '/static-files/plain.txt', headers: { Range: 'bytes=-5' } },
  { path: '/static-files/plain.txt', headers: { Range: 'bytes=3-', 'If-Range': '"other"' } },
  { path: '/downloads/plain.txt', headers: { Range: 'bytes=1-1' } },
  { method: 'POST', path: '/resource', headers: form, body: 'a=1&b=2' },
  { method: 'DELETE', path: '/resource' },
  ...['/resource', '/hello-world', '*'].map((path) => ({ method: 'OPTIONS', path })),
  { method: 'PATCH', path: '/resource' },
  { pipeline: ['/stream', '/ejs', '/downloads/plain.txt', '/error'].map((path) => ({ path })) },
  { path: '/hello-world', version: 'HTTP/1.0' },
  { path: '/stream', version: 'HTTP/1.0' },
  { path: '/vhost?#', times: 100 },
]

const masks = [/(?<=connect\.sid=)[^;]*/g, /(?<=Expires=)[^;]*/g]

export const subjects = [
  { name: 'the examples of Express 5', make: (gates, journal) => makeApp(express, gates, journal), steps, masks },
  { name: 'the examples of Express 4', make: (gates, journal) => makeApp(express4, gates, journal), steps, masks },
]
