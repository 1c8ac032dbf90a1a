import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import type { Native } from '../../../test/hosts/host.ts'
import { bodyParser, textParser } from '../../../test/hosts/natives.ts'
import { environment, gate } from './support.ts'

const json = { 'content-type': 'application/json; charset=utf-8' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describeHosts('the body of a request', (host) => {
  const reader = (use: readonly Native[] = [], limit = 100) => {
    const read = gate(environment(), async (exchange) => ({
      status: 200,
      body: JSON.stringify(await exchange.readBody(limit)),
    }))
    return host.start({ use: [...use, read] })
  }
  const send = async (
    app: Awaited<ReturnType<typeof reader>>,
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = json,
  ) => {
    const response = await app.fetch('/orders', { method: 'POST', body, headers })
    return [response.status, (await response.json()) as unknown] as const
  }

  it.each<[string, readonly Native[]]>([
    ['by itself', []],
    ['after a parser', [bodyParser()]],
    ['after a parser of texts', [textParser()]],
  ])('is read as JSON %s', async (_how, use) => {
    const app = await reader(use)
    const told = { type: 'application/json', value: { user: 'ada', list: [1, null] } }
    expect(await send(app, '{"user":"ada","list":[1,null]}')).toEqual([200, told])
  })

  it.each<[string, readonly Native[]]>([
    ['by itself', []],
    ['after a parser that takes no forms', [bodyParser()]],
  ])('is read as a form %s, with every value of a field', async (_how, use) => {
    const app = await reader(use)
    expect(await send(app, 'a=1&b=%20x+y&a=2', form)).toEqual([
      200,
      { type: 'application/x-www-form-urlencoded', value: { a: ['1', '2'], b: ' x y' } },
    ])
  })

  it.each<[string, readonly Native[]]>([
    ['by itself', []],
    ['after a parser that takes none', [bodyParser()]],
    ['after a parser of texts', [textParser()]],
  ])('is read as a token %s', async (_how, use) => {
    const type = 'application/secevent+jwt'
    expect(await send(await reader(use), 'a.b.c', { 'content-type': type })).toEqual([200, { type, value: 'a.b.c' }])
  })

  it('may have fields of any name', async () => {
    const [, told] = await send(await reader(), '__proto__=1&constructor=2', form)
    expect(told).toMatchObject({ value: { ['__proto__']: '1', constructor: '2' } })
  })

  it('is read once for all gates', async () => {
    const env = environment()
    const first = gate(env, async (exchange) => void (await exchange.readBody(100)))
    const second = gate(env, async (exchange) => {
      const { value } = await exchange.readBody(100)
      return { status: 200, body: JSON.stringify(value) }
    })
    const app = await host.start({ use: [first, second] })
    expect(await send(app, '{"a":1}')).toEqual([200, { a: 1 }])
  })

  it('that is not there is no value', async () => {
    const response = await (await reader()).fetch('/orders', { method: 'POST' })
    expect(await response.json()).toEqual({ type: '' })
  })

  it.each<[string, NonNullable<RequestInit['body']>, Record<string, string>, number, string]>([
    ['that is no JSON', '{"a":', json, 400, 'ERR_BODY_MALFORMED'],
    ['that is no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), json, 400, 'ERR_BODY_MALFORMED'],
    ['that is announced as too large', `"${'x'.repeat(200)}"`, json, 413, 'ERR_BODY_TOO_LARGE'],
    ['of another kind', 'a,b', { 'content-type': 'text/csv' }, 415, 'ERR_BODY_TYPE'],
    [
      'that is compressed',
      new Uint8Array(gzipSync('{}')),
      { ...json, 'content-encoding': 'gzip' },
      415,
      'ERR_BODY_TYPE',
    ],
  ])('%s is refused', async (_what, body, headers, status, code) => {
    const [told, problem] = await send(await reader(), body, headers)
    expect([told, (problem as { code: string }).code]).toEqual([status, code])
  })

  it('that does not end is cut off at the limit, and the connection with it', async () => {
    const app = await reader()
    const socket = connect(app.port, '127.0.0.1')
    socket.on('error', () => undefined)
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    for (let i = 0; i < 20; i++) socket.write(`a\r\n${'x'.repeat(10)}\r\n`)
    await ended
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer.toLowerCase()).toContain('connection: close')
  })

  it('whose sender leaves reaches nobody', async () => {
    const app = await reader()
    const socket = connect(app.port, '127.0.0.1')
    socket.write('POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{')
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    while (app.errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(app.errors).toMatchObject([{ code: 'ERR_BODY_MALFORMED', status: 400 }])
  })
})
