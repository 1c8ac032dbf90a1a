import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** An app with both packages, in a process of its own; what its debug log says, and the secrets that it was given. */
async function run(NODE_DEBUG: string): Promise<{ readonly stderr: string; readonly secrets: readonly string[] }> {
  const program = `
    import { randomBytes } from 'node:crypto'
    import { createServer } from 'node:http'
    import { createEnvironment, compose } from '@sallyport/core'
    import { jwtAuth } from '@sallyport/jwt-auth'
    import { rbac } from '@sallyport/rbac'
    import { SignJWT } from 'jose'

    const secret = randomBytes(32)
    const env = createEnvironment()
    const auth = jwtAuth({ issuer: 'https://id.test/', audience: 'orders-api', secret, cookie: 'token', env })
    const access = rbac({ roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'] } }, env })
    const gate = compose(auth, access.require('orders:read'))
    const server = createServer((req, res) => gate(req, res, (error) => res.writeHead(error?.status ?? 200).end()))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = 'http://127.0.0.1:' + server.address().port

    const now = Math.floor(Date.now() / 1000)
    const token = (claims) => new SignJWT({
      iss: 'https://id.test/', aud: 'orders-api', sub: 'SUBJECT', client_id: 'c', jti: 'JTI', iat: now, exp: now + 60, ...claims,
    }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret)
    const clerk = await token({ roles: ['clerk'] })
    const stranger = await token({ roles: [], sid: 'SID' })
    const expired = await token({ roles: ['clerk'], exp: now - 60 })
    const forged = clerk.slice(0, -8) + 'AAAAAAAA'
    const ask = (path, token) => fetch(url + path, { headers: token ? { authorization: 'Bearer ' + token } : {} })
    await ask('/nobody')
    await ask('/clerk', clerk)
    await ask('/again?access_token=' + clerk, clerk)
    await ask('/stranger', stranger)
    await ask('/expired', expired)
    await ask('/forged', forged)
    await ask('/garbage', 'GARBAGE.GARBAGE.GARBAGE')
    await fetch(url + '/cookie', { headers: { cookie: 'token=' + clerk } })
    console.log(JSON.stringify([secret.toString('base64'), secret.toString('hex'), clerk, stranger, expired, forged]))
    process.exit(0)`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...process.env, NODE_DEBUG },
    timeout: 20_000,
  })
  return { stderr, secrets: JSON.parse(stdout) as string[] }
}

it('NODE_DEBUG=sallyport:jwt-auth,sallyport:rbac explains each decision, and shows no token and no secret', async () => {
  const { stderr, secrets } = await run('sallyport:jwt-auth,sallyport:rbac')
  for (const line of [
    /JWT-AUTH.* GET \/nobody: .*ERR_JWT_MISSING/,
    /JWT-AUTH.* GET \/clerk: accepted a token of https:\/\/id\.test\/ \(bearer\)/,
    /RBAC.* GET \/clerk: orders:read granted: role clerk through viewer has orders:read/,
    /JWT-AUTH.* GET \/again: accepted/,
    /JWT-AUTH.* GET \/stranger: accepted/,
    /RBAC.* GET \/stranger: orders:read denied: no role of \[\] grants it/,
    /JWT-AUTH.* GET \/expired: .*ERR_JWT_EXPIRED/,
    /JWT-AUTH.* GET \/forged: .*ERR_JWT_SIGNATURE/,
    /JWT-AUTH.* GET \/garbage: .*ERR_JWT_MALFORMED/,
    /JWT-AUTH.* GET \/cookie: accepted a token of https:\/\/id\.test\/ \(cookie\)/,
  ]) {
    expect(stderr).toMatch(line)
  }
  expect(secrets).toHaveLength(6)
  // Of each token every part by itself.
  for (const part of secrets.flatMap((one) => one.split('.'))) expect(stderr).not.toContain(part)
  for (const other of ['GARBAGE', 'JTI', 'SID', 'access_token']) expect(stderr).not.toContain(other)
})

it('is silent without it, and about the package that is not named', async () => {
  expect((await run('')).stderr).toBe('')
  const { stderr } = await run('sallyport:rbac')
  expect(stderr).toContain('orders:read granted')
  expect(stderr).not.toMatch(/jwt-auth/i)
})
