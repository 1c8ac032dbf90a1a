import { createEnvironment, defineRoutes, type Route } from '@sallyport/core'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  answer: (_exchange, parameters) => ({ status: 200, body: `${method} ${JSON.stringify(parameters)}` }),
})

describeHosts('ready routes', (host) => {
  async function app() {
    const env = createEnvironment()
    onTestFinished(() => env.close())
    const routes = [
      route('GET', '/own/things'),
      route('DELETE', '/own/things'),
      route('DELETE', '/own/things/:id'),
      route('GET', '/own/:owner/things/:id'),
    ]
    const { fetch } = await host.start({ use: [defineRoutes({ name: 'things', environment: env, routes })] })
    return async (method: string, path: string): Promise<string> => {
      const answer = await fetch(path, { method })
      return `${answer.status} ${answer.headers.get('allow') ?? (await answer.text())}`
    }
  }

  it('are found by method and path, and what stands in a path is decoded', async () => {
    const ask = await app()
    expect(await ask('GET', '/own/things?x=1')).toBe('200 GET {}')
    expect(await ask('HEAD', '/own/things')).toBe('200 ')
    expect(await ask('DELETE', '/own/things')).toBe('200 DELETE {}')
    expect(await ask('DELETE', '/own/things/a%2Fb')).toBe('200 DELETE {"id":"a/b"}')
    expect(await ask('GET', '/own/ada/things/7')).toBe('200 GET {"owner":"ada","id":"7"}')
  })

  it('answer 405 to another method, and let pass what is none of them', async () => {
    const ask = await app()
    expect(await ask('POST', '/own/things')).toBe('405 GET, DELETE')
    expect(await ask('GET', '/own/things/7')).toBe('405 DELETE')
    expect(await ask('GET', '/orders')).toBe('200 reached')
    for (const path of ['/own/things/', '/own/things/7/8', '/own/things/%ff', '/other']) {
      // Fastify answers by itself where a path cannot be decoded.
      const status = path.endsWith('%ff') && host.kind === 'fastify' ? '400' : '404'
      expect((await ask('DELETE', path)).slice(0, 3)).toBe(status)
    }
  })
})
