import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvironment } from '@sallyport/core'
import { redactingFetch } from '@sallyport/pii-redactor/outbound'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { piiRedactor } from '@sallyport/pii-redactor'

const pii = piiRedactor({ env: createEnvironment() })
const server = createServer((req, res) => {
  let body = ''
  req.on('data', (part: Buffer) => (body += part.toString()))
  req.on('end', () =>
    res.end(JSON.stringify({ url: req.url, body, method: req.method, type: req.headers['content-type'] })),
  )
})
let origin = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

it.each([
  ['application/json', '{"email":"ada@example.com","n":1}', '{"email":"[EMAIL]","n":1}'],
  ['text/plain', 'to ada@example.com', 'to [EMAIL]'],
  ['application/x-www-form-urlencoded', 'password=x&n=1', 'password=%5BSECRET%5D&n=1'],
])('redacts %s and the query', async (type, body, wanted) => {
  const send = redactingFetch(pii)
  const response = await send(`${origin}/a?mail=ada%40example.com&n=1`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  expect(await response.json()).toEqual({ url: '/a?mail=%5BEMAIL%5D&n=1', body: wanted, method: 'POST', type })
})

it('refuses what cannot be looked through, and sends everything to who is trusted', async () => {
  const send = redactingFetch(pii)
  await expect(send(origin, { method: 'POST', body: new Uint8Array([1, 2]) })).rejects.toThrow(
    /cannot be looked through/,
  )
  const trusting = redactingFetch(pii, { trusted: [new URL(origin).host] })
  const response = await trusting(origin, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'ada@example.com',
  })
  expect(await response.json()).toMatchObject({ body: 'ada@example.com' })
})
