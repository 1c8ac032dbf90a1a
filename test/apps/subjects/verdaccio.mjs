import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { behind } from '../behind.mjs'

/** A private registry with nothing behind it, as its own factory makes it; only its handler is taken and mounted behind the gates. */
async function makeApp(gates) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-verdaccio-'))
  const server = await runServer({
    storage: join(folder, 'storage'),
    self_path: folder,
    configPath: join(folder, 'config.yaml'),
    secret: 'a secret of thirty-two characters',
    auth: { htpasswd: { file: join(folder, 'htpasswd'), algorithm: 'sha1', max_users: 10 } },
    packages: {
      'private-*': { access: '$authenticated', publish: '$authenticated' },
      '**': { access: '$all', publish: '$all', unpublish: '$all' },
    },
    uplinks: {},
    security: { api: { legacy: true } },
    web: { enable: true, title: 'registry' },
    log: { type: 'stdout', format: 'json', level: 'fatal' },
    flags: {},
  })
  const [listener] = server.listeners('request')
  return { listener: behind(gates, listener), close: () => rmSync(folder, { recursive: true, force: true }) }
}

const tarball = Buffer.from('not really a tarball, but as many bytes as one says')
function release(name, version) {
  const file = `${name}-${version}.tgz`
  const dist = { shasum: '0'.repeat(40), tarball: `http://app.example/${name}/-/${file}` }
  return {
    method: 'PUT',
    path: `/${name}`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      ...{ _id: name, name, description: 'a package', 'dist-tags': { latest: version } },
      versions: { [version]: { name, version, dist, readme: 'read me' } },
      _attachments: {
        [file]: { content_type: 'application/octet-stream', data: tarball.toString('base64'), length: tarball.length },
      },
    }),
  }
}

const json = { 'Content-Type': 'application/json' }
const basic = { Authorization: `Basic ${Buffer.from('ada:a-long-password').toString('base64')}` }

export const subjects = [
  {
    name: 'verdaccio',
    make: makeApp,
    steps: [
      ...['/-/ping', '/', '/-/whoami', '/missing', '/-/v1/search?text=a', '/-/all', '/-/static/none.js'].map(
        (path) => ({ path }),
      ),
      {
        method: 'PUT',
        path: '/-/user/org.couchdb.user:ada',
        headers: json,
        body: JSON.stringify({ name: 'ada', password: 'a-long-password', _id: 'org.couchdb.user:ada', type: 'user' }),
      },
      { path: '/-/whoami', headers: basic },
      { path: '/-/whoami', headers: { Authorization: 'Bearer not-one-of-its-own' } },
      { path: '/private-thing' },
      { path: '/private-thing', headers: basic },
      release('plain', '1.0.0'),
      release('plain', '1.0.0'),
      release('plain', '1.1.0'),
      { ...release('plain', '1.2.0'), body: '{"broken":' },
      { path: '/plain' },
      { method: 'HEAD', path: '/plain' },
      { path: '/plain', headers: { Accept: 'application/vnd.npm.install-v1+json' } },
      { path: '/plain', headers: { 'Accept-Encoding': 'gzip' } },
      { path: '/plain/1.0.0' },
      { path: '/plain/9.9.9' },
      { path: '/plain/-/plain-1.0.0.tgz' },
      { method: 'HEAD', path: '/plain/-/plain-1.0.0.tgz' },
      { path: '/plain/-/plain-1.0.0.tgz', headers: { Range: 'bytes=0-9' } },
      { path: '/plain/-/plain-7.0.0.tgz' },
      { path: '/-/package/plain/dist-tags' },
      { method: 'PUT', path: '/-/package/plain/dist-tags/next', headers: json, body: '"1.0.0"' },
      {
        method: 'OPTIONS',
        path: '/plain',
        headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' },
      },
      { pipeline: ['/-/ping', '/plain/1.1.0', '/missing'].map((path) => ({ path })) },
      { path: '/plain/1.0.0?#', times: 100 },
    ],
    // Not asked for what its own pages list: that answers otherwise behind any middleware that takes a moment, a bare timer too.
    // Times, revisions and the token that it makes for a new user; what it gives of a package has an ETag over all of them.
    masks: [
      /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
      /(?<="_rev": ?)"[^"]*"/g,
      /(?<="token": ?)"[^"]*"/g,
      /(?<=^etag: ).*$/gim,
      /(?<="time":)(?:\d+|"[^"]*")/g,
      /(?<=^x-ratelimit-reset: ).*$/gim,
      /(?<=nonce[-=]["']?)[\w+/=-]+/g,
    ],
  },
]
