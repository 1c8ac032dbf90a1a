import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { behind } from '../behind.mjs'

/** An app on node:http alone that answers in all the ways that the module has. */
function handler(journal) {
  const routes = {
    '/hello': (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain' })
      res.end('hello world')
    },
    '/implicit': (_req, res) => {
      res.setHeader('X-Mixed-Case', ['a', 'b'])
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      res.end('implicit')
    },
    '/raw-headers': (_req, res) => {
      res.writeHead(203, 'As Is', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Between', '1', 'x-lower', '2'])
      res.end('raw')
    },
    '/raw-and-set': (_req, res) => {
      res.setHeader('x-first', 'a')
      res.setHeader('X-Second', 'b')
      res.writeHead(200, ['X-Third', 'c', 'X-Fourth', 'd'])
      res.end('raw')
    },
    '/pairs': (_req, res) => {
      res.writeHead(200, [
        ['X-Pair', '1'],
        ['x-other', '2'],
      ])
      res.end('pairs')
    },
    '/own-length': (_req, res) => {
      res.writeHead(200, { 'Content-Length': 4, 'X-Number': 7 })
      res.end('four')
    },
    '/chunks': async (req, res) => {
      const chunked = req.method === 'GET' && req.httpVersion === '1.1'
      if (chunked) res.setHeader('Trailer', 'X-Sum')
      for (const part of ['one', '', 'two', 'three']) {
        res.write(part)
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (chunked) res.addTrailers({ 'X-Sum': '3' })
      res.end('four')
    },
    '/flushed': (_req, res) => {
      res.setHeader('X-Early', '1')
      res.flushHeaders()
      journal(`flushed: sent ${res.headersSent}`)
      setImmediate(() => res.end('later'))
    },
    '/headed-then-nothing': (_req, res) => {
      res.writeHead(202)
      setImmediate(() => res.end())
    },
    '/sent-after-write-head': (_req, res) => {
      journal(`before: ${res.headersSent} ${res.writableEnded}`)
      res.writeHead(200, { 'X-A': '1' })
      journal(`after writeHead: ${res.headersSent}`)
      for (const act of [
        () => res.setHeader('X-Late', '1'),
        () => res.appendHeader('X-Late', '1'),
        () => res.removeHeader('X-A'),
        () => res.writeHead(500),
      ]) {
        try {
          act()
          journal('allowed')
        } catch (err) {
          journal(err.code)
        }
      }
      res.end('x')
      journal(`after end: ${res.writableEnded} ${res.headersSent}`)
    },
    '/mistakes': (_req, res) => {
      for (const act of [
        () => res.writeHead(99),
        () => res.writeHead(200, 'bad\nreason'),
        () => res.writeHead(200, { 'X-Undefined': undefined }),
        () => res.writeHead(200, { 'bad name': '1' }),
        () => res.writeHead(200, ['odd']),
        () => res.write(7),
        () => res.write(null),
        () => res.end(7),
      ]) {
        try {
          act()
          journal('allowed')
        } catch (err) {
          journal(err.code)
        }
      }
      res.statusCode = 200
      res.statusMessage = ''
      res.end('recovered')
    },
    '/bad-status': (_req, res) => {
      res.statusCode = 7000
      try {
        res.end('x')
      } catch (err) {
        journal(err.code)
        res.statusCode = 500
        res.end('recovered')
      }
    },
    '/ended-twice': (_req, res) => {
      res.on('error', (err) => journal(`error: ${err.code}`))
      res.end('first', () => journal('first: over'))
      res.end((err) => journal(`second: ${err?.code}`))
    },
    '/written-after-end': (_req, res) => {
      res.on('error', (err) => journal(`error: ${err.code}`))
      res.end('first')
      journal(`written: ${res.write('second', (err) => journal(`callback: ${err?.code}`))}`)
    },
    '/callbacks': (_req, res) => {
      res.on('finish', () => journal('finish'))
      res.on('close', () => journal('close'))
      res.write('a', () => res.write('b', 'utf8', () => res.end('c', 'latin1', () => journal('end: done'))))
    },
    '/hints': (_req, res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, () => {
        res.writeHead(200, { 'X-After': 'hints' })
        res.end('hinted')
      })
    },
    '/204': (_req, res) => res.writeHead(204).end(),
    '/304': (_req, res) => res.writeHead(304, { ETag: '"1"' }).end(),
    '/205': (_req, res) => {
      res.statusCode = 205
      res.end()
    },
    '/reason': (_req, res) => {
      res.statusCode = 418
      res.statusMessage = 'Short And Stout'
      res.end('tea')
    },
    '/close': (_req, res) => {
      res.setHeader('Connection', 'close')
      res.end('bye')
    },
    '/no-keep-alive': (_req, res) => {
      res.shouldKeepAlive = false
      res.end('bye')
    },
    '/no-date': (_req, res) => {
      res.sendDate = false
      res.removeHeader('connection')
      res.end('dateless')
    },
    '/unframed': (_req, res) => {
      res.removeHeader('transfer-encoding')
      res.write('until')
      res.end(' close')
    },
    '/gzip': (_req, res) => {
      res.writeHead(200, { 'Content-Encoding': 'gzip' })
      res.end(gzipSync('compressed '.repeat(50)))
    },
    '/encodings': (_req, res) => {
      res.write('é', 'latin1')
      res.write('00ff', 'hex')
      res.end('4pyT', 'base64')
    },
    '/corked': (_req, res) => {
      res.cork()
      res.write('a')
      res.write('b')
      res.uncork()
      res.end('c')
    },
    '/large': (_req, res) => {
      const filled = []
      for (let i = 0; i < 8; i++) filled.push(res.write(Buffer.alloc(65536, 97 + i)))
      journal(`backpressure: ${filled.join()}`)
      res.once('drain', () => {
        journal('drained')
        res.end()
      })
    },
    '/sse': (req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      let n = 0
      const send = () => {
        if (!res.destroyed) res.write(`id: ${++n}\ndata: tick\n\n`)
        if (n < 3) setImmediate(send)
      }
      send()
      req.on('close', () => journal('sse: request closed'))
      res.on('close', () => journal(`sse: response closed, finished ${res.writableFinished}`))
    },
    '/cut': (_req, res) => {
      res.write('half of it')
      setImmediate(() => res.destroy())
    },
    '/echo': async (req, res) => {
      let body = ''
      for await (const chunk of req) body += chunk
      res.end(JSON.stringify([req.method, req.url, body, req.rawTrailers, req.rawHeaders.length]))
    },
    '/never': (req, res) => {
      req.on('aborted', () => journal('never: aborted'))
      res.on('close', () => journal('never: response closed'))
    },
  }
  return (req, res) => {
    const route = routes[req.url.split('?')[0]]
    if (route) return void route(req, res)
    res.writeHead(404)
    res.end()
  }
}

const every = [
  ...['hello', 'implicit', 'raw-headers', 'raw-and-set', 'pairs', 'own-length', 'chunks', 'flushed'],
  ...['headed-then-nothing', 'sent-after-write-head', 'mistakes', 'bad-status', 'ended-twice'],
  ...['written-after-end', 'callbacks', 'hints', '204', '304', '205', 'reason', 'close', 'no-keep-alive', 'no-date'],
  ...['unframed', 'gzip', 'encodings', 'corked', 'large', 'cut', 'missing'],
].map((name) => `/${name}`)

const steps = [
  ...every.map((path) => ({ path })),
  ...every.filter((path) => path !== '/large').map((path) => ({ method: 'HEAD', path })),
  ...['/hello', '/implicit', '/chunks', '/raw-headers'].map((path) => ({ path, version: 'HTTP/1.0' })),
  { path: '/hello', version: 'HTTP/1.0', headers: { Connection: 'keep-alive' } },
  { method: 'OPTIONS', path: '*' },
  { pipeline: ['/hello', '/chunks', '/implicit', '/flushed', '/hello'].map((path) => ({ path })) },
  { method: 'POST', path: '/echo', body: 'a whole body' },
  { method: 'PUT', path: '/echo', chunks: ['first ', 'sécond ', 'third'] },
  { method: 'POST', path: '/echo', headers: { Expect: '100-continue' }, body: 'waited for', patient: true },
  { method: 'POST', path: '/hello', headers: { Expect: '100-continue' }, body: 'not read', patient: true },
  { raw: 'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' },
  { raw: 'GET http://absolute.example/echo?x=1 HTTP/1.1\r\nHost: a\r\n\r\n' },
  { raw: 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n' },
  { path: '/sse', leaveAfter: 'id: 3\ndata: tick\n\n', awaits: 'sse: response closed' },
  { path: '/never', leaveAfter: '', awaits: 'never: response closed' },
  { path: '/echo?#', method: 'POST', body: 'at once', times: 120 },
]

export const subjects = [
  { name: 'node:http', make: (gates, journal) => behind(gates, handler(journal)), steps },
  {
    name: 'node:http that answers Expect itself',
    make(gates, journal) {
      const listener = behind(gates, handler(journal))
      const server = createServer(listener)
      server.on('checkContinue', (req, res) => {
        if (req.url === '/echo') res.writeContinue()
        listener(req, res)
      })
      server.on('checkExpectation', listener)
      return { server }
    },
    steps: [
      { method: 'POST', path: '/echo', headers: { Expect: '100-continue' }, body: 'waited for', patient: true },
      { method: 'POST', path: '/hello', headers: { Expect: '100-continue' }, body: 'refused', patient: true },
      { method: 'POST', path: '/echo', headers: { Expect: 'the-impossible' }, body: 'sent' },
    ],
  },
]
