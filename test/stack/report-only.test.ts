import { reportOnly } from '@sallyport/core'
import { expect, it } from 'vitest'
import { describeHosts } from '../hosts/describe-hosts.ts'
import { bearing, startWorld, type World } from './world.ts'

/** What was published of refusals that did not happen. */
function reported({ events }: World): readonly (readonly [gate: string, code: string])[] {
  return events.of('gate.refused').map(({ detail }) => {
    expect(detail.reportOnly).toBe(true)
    return [detail.gate, detail.code]
  })
}

describeHosts('reportOnly(jwtAuth()) and reportOnly(access.require())', (host) => {
  it('publish what they would have refused, and pass', async () => {
    for (const [sent, refusals] of [
      [
        undefined,
        [
          ['jwtAuth', 'ERR_JWT_MISSING'],
          ['rbac', 'ERR_UNAUTHENTICATED'],
        ],
      ],
      [
        'not-a-token',
        [
          ['jwtAuth', 'ERR_JWT_MALFORMED'],
          ['rbac', 'ERR_UNAUTHENTICATED'],
        ],
      ],
      [['stranger'], [['rbac', 'ERR_RBAC_FORBIDDEN']]],
      [['viewer'], []],
    ] as const) {
      const world = await startWorld()
      const app = await host.start({
        use: [reportOnly(world.auth)],
        route: [reportOnly(world.access.require('orders:read'))],
        handler: ({ principal }) => ({ body: principal?.subject ?? 'nobody' }),
      })
      const token = typeof sent === 'string' ? sent : sent && (await world.token(sent))
      const response = await app.fetch('/orders', token === undefined ? {} : bearing(token))
      // Whoever could be told is known to handlers all the same, and no refusal has left a trace in the response.
      const expected = typeof sent === 'object' ? 'alice' : 'nobody'
      expect([response.status, await response.text()]).toEqual([200, expected])
      expect(response.headers.get('www-authenticate')).toBeNull()
      expect(reported(world)).toEqual(refusals)
    }
  })

  it('the report of one does not open the other', async () => {
    const { auth, access, token } = await startWorld()
    const app = await host.start({ use: [reportOnly(auth)], route: [access.require('orders:read')] })
    expect((await app.fetch('/orders')).status).toBe(401)
    expect((await app.fetch('/orders', bearing('not-a-token'))).status).toBe(401)
    expect((await app.fetch('/orders', bearing(await token([])))).status).toBe(403)
    expect((await app.fetch('/orders', bearing(await token(['viewer'])))).status).toBe(200)
  })
})
