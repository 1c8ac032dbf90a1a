import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import connect from 'connect'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import responseTime from 'response-time'
import { behind } from '../behind.mjs'

/** What is proxied: answers with lines, framing and endings of its own. */
async function startUpstream() {
  const server = createServer((req, res) => {
    if (req.url === '/cut') {
      res.write('half')
      setImmediate(() => res.destroy())
      return
    }
    res.writeHead(req.url === '/created' ? 201 : 200, 'From Above', [
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-UPPER', '1', 'Content-Type', 'text/plain'],
    ])
    if (req.method === 'POST') return void req.pipe(res)
    res.write('one')
    setImmediate(() => res.end('two'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const steps = [
  ...['/', '/created', '/cut'].map((path) => ({ path })),
  { method: 'HEAD', path: '/' },
  { method: 'POST', path: '/', body: 'through' },
  { method: 'POST', path: '/', chunks: ['in ', 'chunks'] },
  { pipeline: [{ path: '/' }, { path: '/created' }] },
  { path: '/?#', times: 100 },
]

async function proxied(make) {
  const upstream = await startUpstream()
  return {
    listener: make(`http://127.0.0.1:${upstream.address().port}`),
    close() {
      upstream.closeAllConnections()
      upstream.close()
    },
  }
}

// Both in one module system: GraphQL refuses what another copy of it has made.
const require = createRequire(import.meta.url)
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql')
const { createHandler } = require('graphql-http/lib/use/express')
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, args: { to: { type: GraphQLString } }, resolve: (_, { to }) => `hello ${to}` },
    },
  }),
})
const json = { 'Content-Type': 'application/json', Accept: 'application/json' }

export const subjects = [
  {
    name: 'http-proxy-middleware on Connect',
    make: (gates) =>
      proxied((target) => {
        const app = connect()
        for (const gate of gates) app.use(gate)
        return app.use(createProxyMiddleware({ target, logger: undefined }))
      }),
    // An answer that breaks off above is never over here.
    steps: steps.filter(({ path }) => path !== '/cut'),
  },
  {
    name: 'a proxy that hands on raw headers',
    make: (gates) =>
      proxied((target) =>
        behind(gates, (req, res) => {
          const above = request(
            target + req.url,
            { method: req.method, headers: req.headers, agent: false },
            (answer) => {
              res.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders)
              answer.on('error', () => res.destroy()).pipe(res)
            },
          )
          above.on('error', () => res.destroy())
          req.pipe(above)
        }),
      ),
    steps,
  },
  {
    name: 'GraphQL over HTTP',
    make(gates) {
      const app = express()
      app.set('env', 'test')
      for (const gate of gates) app.use(gate)
      // The time is masked, that there is one is not.
      app.use(responseTime())
      return app.all('/graphql', createHandler({ schema }))
    },
    steps: [
      { method: 'POST', path: '/graphql', headers: json, body: '{"query":"{ hello(to: \\"you\\") }"}' },
      { method: 'POST', path: '/graphql', headers: json, body: '{"query":"{ goodbye }"}' },
      { method: 'POST', path: '/graphql', headers: json, body: '{"query":' },
      { path: '/graphql?query={hello}', headers: { Accept: 'application/graphql-response+json' } },
      { path: '/graphql' },
      { method: 'PUT', path: '/graphql' },
    ],
    masks: [/(?<=^x-response-time: )[\d.]+/gim],
  },
]
