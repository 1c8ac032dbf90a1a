import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Host } from '../hosts/host.ts'
import { koa3Host } from '../hosts/koa-hosts.ts'
import { express5Host, httpHost } from '../hosts/node-hosts.ts'
import { anyRequest } from './arbitraries/requests.ts'
import { mayPass } from './oracle.ts'
import { patience, runs } from './runs.ts'
import { startSubject, startUpgradeSubject } from './subject.ts'
import { clerk, sharedClerk } from './tokens.ts'
import { bytesOf, type WireRequest } from './wire.ts'

const hosts: readonly Host[] = [express5Host, koa3Host, httpHost]

const plain = (...headers: WireRequest['headers']): WireRequest => ({
  method: 'GET',
  target: '/orders',
  headers: [['Host', 'app.test'], ...headers],
})

/** The long words of what a request presents: an answer repeats none of them. */
function presented({ headers }: WireRequest): readonly string[] {
  const values = headers.filter(([name]) => /^(?:authorization|cookie)$/i.test(name)).map(([, value]) => value)
  return values.flatMap((value) => value.split(/[^\w-]/)).filter((word) => word.length >= 16)
}

describe.each(hosts.map((host) => [host.name, host] as const))('on %s', (_name, host) => {
  it('a good token opens, in each of its places', async () => {
    const { ask } = await startSubject(host)
    for (const good of [clerk, sharedClerk]) {
      for (const header of [
        ['Authorization', `Bearer ${good}`],
        ['Cookie', `token=${good}`],
      ] as const) {
        expect(await ask(plain(header))).toMatchObject({ status: 200, reached: true })
      }
    }
  })

  it(
    'no request gets past the gates but with a good token in its place; none makes the app fail, none is repeated',
    async () => {
      const { ask } = await startSubject(host)
      let tried = 0
      let passes = 0
      await fc.assert(
        fc.asyncProperty(anyRequest, async (request) => {
          const { reached, text } = await ask(request)
          tried++
          if (reached) passes++
          if (reached) expect(mayPass(request)).toBe(true)
          for (const word of presented(request)) expect(text.includes(word)).toBe(false)
        }),
        runs(0.2),
      )
      // Otherwise hardly anything was tried behind the gates.
      expect(passes).toBeGreaterThan(tried / 20 - 5)
    },
    patience,
  )

  it(
    'bytes that are hardly HTTP make nothing fail and open nothing',
    async () => {
      const { pour } = await startSubject(host)
      const whole = bytesOf(plain(['Authorization', `Bearer ${clerk.slice(0, -1)}`], ['Content-Length', '0']))
      const edits = fc.array(
        fc.tuple(
          fc.nat({ max: whole.length }),
          fc.nat({ max: 8 }),
          fc.oneof(fc.uint8Array({ maxLength: 8 }), fragment),
        ),
        { minLength: 1, maxLength: 4 },
      )
      await fc.assert(
        fc.asyncProperty(edits, async (list) => {
          let bytes: Uint8Array = whole
          for (const [at, taken, put] of list)
            bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + taken)])
          expect((await pour(bytes)).reached).toBe(false)
        }),
        runs(0.03),
      )
    },
    patience,
  )
})

it(
  'no WebSocket opens but with a good token in its place',
  async () => {
    const { ask } = await startUpgradeSubject()
    let tried = 0
    let passes = 0
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ method, target, headers }) => {
        const upgrade = [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
          ['Sec-WebSocket-Version', '13'],
        ] as const
        const request = { method, target, headers: [...upgrade, ...headers] }
        const { reached, text } = await ask(request)
        tried++
        if (reached) passes++
        if (reached) expect(mayPass(request, true)).toBe(true)
        for (const word of presented(request)) expect(text.includes(word)).toBe(false)
      }),
      runs(0.05),
    )
    expect(passes).toBeGreaterThan(tried / 40 - 5)
  },
  patience,
)

const fragment = fc
  .constantFrom(
    '\r\n',
    '\n',
    '\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 9\r\n',
    'GET /orders HTTP/1.1\r\n',
    ' HTTP/1.0',
    '0\r\n\r\n',
    ': ',
    '\0',
  )
  .map((text) => new Uint8Array(Buffer.from(text, 'latin1')))
