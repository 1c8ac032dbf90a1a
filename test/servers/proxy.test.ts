import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { startProxy, type FaultProxy } from './proxy.ts'

/** A server that says everything again, and a proxy before it. */
async function echo(name = ''): Promise<{ readonly port: number; readonly proxy: FaultProxy }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => socket.write(name + chunk.toString()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startProxy(port)
  onTestFinished(async () => {
    await proxy.stop()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, proxy }
}

/** A client with what it has heard. */
async function dial(proxy: FaultProxy): Promise<{ socket: Socket; heard(): string; ended: Promise<string> }> {
  const socket = connect(proxy.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk.toString()))
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? ''))
    socket.on('close', () => resolve('closed'))
  })
  await Promise.race([once(socket, 'connect'), ended])
  return { socket, heard: () => heard, ended }
}

async function say(client: Awaited<ReturnType<typeof dial>>, text: string): Promise<string> {
  const before = client.heard().length
  client.socket.write(text)
  for (let i = 0; i < 40 && client.heard().length === before; i++) await sleep(5)
  return client.heard().slice(before)
}

it('passes on what is said, both ways', async () => {
  const { proxy } = await echo()
  const client = await dial(proxy)
  expect(await say(client, 'hello')).toBe('hello')
  expect(proxy.connections).toBe(1)
})

it('delays each way, in order, also when the delay ends', async () => {
  const { proxy } = await echo()
  const client = await dial(proxy)
  proxy.delay(60)
  const start = performance.now()
  client.socket.write('1')
  await sleep(10)
  client.socket.write('2')
  await sleep(10)
  proxy.heal()
  client.socket.write('3')
  while (client.heard().length < 3) await sleep(5)
  expect(client.heard()).toBe('123')
  expect(performance.now() - start).toBeGreaterThan(60)
})

it('resets the connections of the moment', async () => {
  const { proxy } = await echo()
  const client = await dial(proxy)
  await say(client, 'hello')
  proxy.reset()
  expect(await client.ended).toBe('ECONNRESET')
  expect(await say(await dial(proxy), 'again')).toBe('again')
})

it('leaves half-open connections silent for good, and those that are made meanwhile', async () => {
  const { proxy } = await echo()
  const before = await dial(proxy)
  await say(before, 'hello')
  proxy.halfOpen()
  const meanwhile = await dial(proxy)
  expect(await say(before, 'anybody?')).toBe('')
  expect(await say(meanwhile, 'anybody?')).toBe('')
  proxy.heal()
  expect(await say(before, 'now?')).toBe('')
  expect(await say(meanwhile, 'now?')).toBe('')
  expect(await say(await dial(proxy), 'hello')).toBe('hello')
})

it('refuses', async () => {
  const { proxy } = await echo()
  const before = await dial(proxy)
  await say(before, 'hello')
  proxy.refuse()
  expect(await before.ended).toBe('ECONNRESET')
  expect(await (await dial(proxy)).ended).toBe('ECONNREFUSED')
  proxy.heal()
  expect(await say(await dial(proxy), 'hello')).toBe('hello')
})

it('cuts those who say a certain thing, now and later', async () => {
  const { proxy } = await echo()
  const [one, other] = [await dial(proxy), await dial(proxy)]
  await say(one, 'SUBSCRIBE news')
  await say(other, 'GET k')
  proxy.cut(/SUBSCRIBE/)
  expect(await one.ended).toBe('ECONNRESET')
  expect(await say(other, 'GET k')).toBe('GET k')
  expect(await say(await dial(proxy), 'SUBSCRIBE news')).toBe('')
  expect(proxy.cuts).toBe(2)
  proxy.heal()
  expect(await say(await dial(proxy), 'SUBSCRIBE news')).toBe('SUBSCRIBE news')
})

it('goes over to another server', async () => {
  const [{ proxy }, { port }] = [await echo('one:'), await echo('two:')]
  const before = await dial(proxy)
  expect(await say(before, 'a')).toBe('one:a')
  proxy.retarget(port)
  expect(await before.ended).toBe('ECONNRESET')
  expect(await say(await dial(proxy), 'a')).toBe('two:a')
})

it('ends the connections of a server that ends', async () => {
  const proxy = await startProxy(1)
  onTestFinished(() => proxy.stop())
  expect(await (await dial(proxy)).ended).toBe('ECONNRESET')
})
