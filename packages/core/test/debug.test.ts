import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** An app in a process of its own, asked once; what it wrote to stderr. */
async function stderrOf(NODE_DEBUG: string): Promise<string> {
  const program = `
    import { createServer } from 'node:http'
    import { coreError, createEnvironment, compose, defineMiddleware, identify, reportOnly } from '@sallyport/core'
    const environment = createEnvironment()
    const door = defineMiddleware({ name: 'door', environment, gate() { throw coreError('ERR_UNAUTHENTICATED') } })
    const login = identify((req) => req.headers['x-login'] && { subject: req.headers['x-login'], credential: { kind: 'bearer', ambient: false } }, { env: environment })
    const chain = compose(login, reportOnly(door), door)
    const server = createServer((req, res) => chain(req, res, () => res.end()))
    server.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port + '/a?token=SECRET'
      const headers = { authorization: 'Bearer SECRET', 'x-login': 'SECRET' }
      await fetch(url, { headers, signal: AbortSignal.timeout(500) }).catch(() => undefined)
      process.exit(0)
    })`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...process.env, NODE_DEBUG },
    timeout: 20_000,
  }).catch((error: { stderr: string }) => error)
  return stderr
}

it('NODE_DEBUG=sallyport:core explains each decision on stderr, and shows no secret', async () => {
  const stderr = await stderrOf('sallyport:core')
  expect(stderr).toMatch(/GET \/a: identify accepted a bearer credential/)
  expect(stderr).toMatch(/GET \/a: door would refuse with 401 ERR_UNAUTHENTICATED/)
  expect(stderr).toMatch(/GET \/a: door refused with 401 ERR_UNAUTHENTICATED/)
  expect(stderr).not.toContain('SECRET')
})

it('is silent without it', async () => {
  expect(await stderrOf('')).not.toMatch(/identify|door/)
})
