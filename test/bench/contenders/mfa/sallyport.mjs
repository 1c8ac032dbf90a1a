import { createHmac, randomBytes } from 'node:crypto'
import { Agent, createServer, request } from 'node:http'
import { createEnvironment, createKeyRing, identify, systemClock } from '@sallyport/core'
import { inSession, mfaGate, totp } from '@sallyport/mfa-gate'
import { requestWith, responseTo } from '../lib/messages.mjs'

const account = { issuer: 'local', subject: 'ada' }
const seconds = Math.floor(Date.now() / 1000)

/** What express-session puts on a request, as far as a satisfied gate looks at it. */
const session = {
  id: 'a session',
  cookie: {},
  regenerate() {},
  destroy() {},
  mfa: { account, login: seconds, methods: { totp: seconds }, amr: ['totp', 'otp', 'mfa'] },
}

/** @param material `gate`: whether there is one; `kept`: in the session, or in what the login itself says */
export async function prepare({ gate, kept }) {
  let ahead = 0
  const clock = { ...systemClock, now: () => Date.now() + ahead }
  const keyRing = createKeyRing({ keys: [{ id: 'bench', key: randomBytes(32) }] })
  const env = createEnvironment({ keyRing, clock })
  await env.revocations.ready()
  const mfa = mfaGate({ env, factors: [totp({ issuer: 'Bench' })], carrier: inSession() })
  const bearer = { kind: 'bearer', ambient: false }
  const amr = kept === 'login' ? ['pwd', 'otp', 'mfa'] : ['pwd']
  const login = identify(() => ({ subject: 'ada', amr, authTime: seconds, credential: bearer }), { env })
  const handlers = gate ? [login, mfa.require({ maxAge: '1h' })] : [login]

  function pass() {
    const req = requestWith('none')
    if (kept === 'session') req.session = session
    const res = responseTo(req)
    let passed = false
    let index = 0
    const next = (error) => {
      if (error) throw error
      if (index === handlers.length) passed = true
      else handlers[index++](req, res, next)
    }
    next()
    if (!passed) throw new Error('It was not let in, or not at once')
  }

  let check
  return {
    operations: {
      pass: {
        run(count) {
          for (let i = 0; i < count; i++) pass()
        },
      },
      login: {
        async run(count) {
          check ??= await serve()
          for (let i = 0; i < count; i++) await check()
        },
      },
    },
    calls: {
      /** What a login without a second factor is told by the same gate. */
      refuses: () =>
        new Promise((resolve) => {
          const req = requestWith('none')
          const weak = identify(() => ({ subject: 'ada', amr: ['pwd'], credential: bearer }), { env })
          weak(req, responseTo(req), () => mfa.require()(req, responseTo(req), (error) => resolve(error?.code)))
        }),
    },
  }

  /** A server of its own, asked over HTTP for a step-up by a code that was not used before. */
  async function serve() {
    const secret = randomBytes(20)
    await mfa.import(account, 'totp', { secret: secret.toString('hex'), encoding: 'hex' })
    const routes = mfa.routes()
    const server = createServer((req, res) => {
      req.session = { ...session, regenerate: (done) => done() }
      login(req, res, () => routes(req, res, (error) => res.writeHead(error?.status ?? 404).end(error?.code)))
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    server.unref()
    const agent = new Agent({ keepAlive: true })
    const { port } = server.address()
    return () =>
      new Promise((resolve, reject) => {
        ahead += 30_000
        const body = JSON.stringify({ factor: 'totp', code: codeOf(secret, clock.now()) })
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        const asked = request({ port, agent, path: '/mfa/verify', method: 'POST', headers }, (response) => {
          response.resume()
          response.on('end', () =>
            response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
          )
        })
        asked.on('error', reject)
        asked.end(body)
      })
  }
}

function codeOf(secret, now) {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const digest = createHmac('sha1', secret).update(counter).digest()
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
