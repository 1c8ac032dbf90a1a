import jsonServer from 'json-server'
import { behind } from '../behind.mjs'

/** The app as its own command line makes it; nothing of it is changed. */
function makeApp() {
  const app = jsonServer.create()
  app.use(jsonServer.defaults({ logger: false }))
  app.use(jsonServer.bodyParser)
  app.use(jsonServer.rewriter({ '/api/*': '/$1' }))
  const posts = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, title: `post ${i + 1}`, authorId: (i % 3) + 1 }))
  const authors = ['Ada', 'Grace', 'Mary'].map((name, i) => ({ id: i + 1, name }))
  app.use(jsonServer.router({ posts, authors, profile: { name: 'json' } }))
  return app
}

const json = { 'Content-Type': 'application/json' }

export const subjects = [
  {
    name: 'json-server',
    make: (gates) => behind(gates, makeApp()),
    steps: [
      ...['/', '/db', '/posts', '/posts/1', '/posts/99', '/api/posts/2', '/profile', '/nowhere'].map((path) => ({
        path,
      })),
      ...[
        '?_page=2&_limit=5',
        '?_sort=title&_order=desc',
        '?authorId=2&_embed=x',
        '?_expand=author&_start=3&_end=5',
        '?q=7',
      ].map((query) => ({ path: `/posts${query}` })),
      { method: 'HEAD', path: '/posts' },
      { path: '/posts?callback=show' },
      { path: '/posts', headers: { 'Accept-Encoding': 'gzip' } },
      { path: '/posts', headers: { 'Accept-Encoding': 'br' } },
      { path: '/posts', headers: { Origin: 'https://other.example' } },
      {
        method: 'OPTIONS',
        path: '/posts',
        headers: { Origin: 'https://other.example', 'Access-Control-Request-Method': 'PUT' },
      },
      { path: '/posts/1', headers: { 'If-None-Match': 'W/"33-unknown"' } },
      { path: '/profile', headers: { 'If-None-Match': '*' } },
      { method: 'POST', path: '/posts', headers: json, body: '{"title":"new"}' },
      { method: 'POST', path: '/posts', headers: json, body: '{"title":' },
      { method: 'POST', path: '/authors', headers: json, chunks: ['{"na', 'me":"Al', 'an"}'] },
      { method: 'POST', path: '/posts', headers: { ...json, Expect: '100-continue' }, body: '{"a":1}', patient: true },
      { method: 'PUT', path: '/posts/1', headers: json, body: '{"title":"put"}' },
      { method: 'PATCH', path: '/posts/1', headers: json, body: '{"more":true}' },
      { method: 'DELETE', path: '/posts/2' },
      { method: 'POST', path: '/posts/3', headers: { ...json, 'X-HTTP-Method-Override': 'DELETE' }, body: '{}' },
      { path: '/posts/1' },
      { pipeline: ['/posts/4', '/posts/5', '/profile'].map((path) => ({ path })) },
      { path: '/posts?id=#', times: 100 },
    ],
    // The stack of a syntax error names the files of the installation.
    masks: [/(?<=SyntaxError)[^]*$/g],
  },
]
