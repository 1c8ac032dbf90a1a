import { Agent, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { startWorld } from './world.ts'

describeHosts('one connection kept alive', (host) => {
  it('serves one caller after the other, and none inherits anything of the one before', async () => {
    const { guarded, token } = await startWorld()
    const app = await guarded(host, {
      handler: ({ req, principal }) => ({ body: `${principal?.subject} ${req.socket.remotePort}` }),
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const ask = async (bearer?: string): Promise<readonly [status: number | undefined, body: string]> => {
      const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
      const outgoing = request({ agent, host: '127.0.0.1', port: app.port, path: '/orders', headers: authorization })
      outgoing.end()
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
      return [incoming.statusCode, await text(incoming)]
    }
    const alice = await token(['viewer'])
    const [status, body] = await ask(alice)
    expect(status).toBe(200)
    const [, port] = /^alice (\d+)$/.exec(body) ?? []
    expect((await ask())[0]).toBe(401)
    expect((await ask(await token([], { sub: 'bob' })))[0]).toBe(403)
    expect(await ask(await token(['viewer'], { sub: 'carol' }))).toEqual([200, `carol ${port}`])
    expect((await ask(`${alice.slice(0, -4)}AAAA`))[0]).toBe(401)
    expect(await ask(alice)).toEqual([200, `alice ${port}`])
  })
})
