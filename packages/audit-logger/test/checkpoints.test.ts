import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  checkConsistency,
  checkpointsIn,
  checkpointsToFile,
  checkpointsToLog,
  checkpointsToStore,
  checkpointsToWebhook,
  checkRecordProof,
  cosign,
  httpWitness,
  proveConsistency,
  proveRecord,
  verifyLog,
  vkeyOf,
} from '@sallyport/audit-logger'
import { captureEvents } from '@sallyport/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { refusal, scene, tempFolder } from './support.ts'

/** A proof checked by the letter of the specifications, with hashes and signatures of another implementation. */
function checkedElsewhere(proof: string, vkey: string): string {
  const [head, note] = [proof.slice(0, proof.indexOf('\n\n')), proof.slice(proof.indexOf('\n\n') + 2)]
  const [first, extra, place, ...path] = head.split('\n')
  expect(first).toBe('c2sp.org/tlog-proof@v1')
  const record = Buffer.from(extra!.slice('extra '.length), 'base64')
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64')
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const [origin, size, root] = text.split('\n')
  const line = note.split('\n').find((one) => one.startsWith(`— ${origin!} `))!
  const key = bytes(vkey.slice(vkey.indexOf('+', vkey.indexOf('+') + 1) + 1))
  expect(ed25519.verify(bytes(line.split(' ')[2]!).subarray(4), Buffer.from(text), key.subarray(1))).toBe(true)
  // RFC 9162, section 2.1.3.2.
  let [fn, sn] = [Number(place!.slice('index '.length)), Number(size) - 1]
  let hash = sha256(Uint8Array.of(0, ...record))
  for (const each of path) {
    const sibling = bytes(each)
    if (fn % 2 === 1 || fn === sn) {
      hash = sha256(Uint8Array.of(1, ...sibling, ...hash))
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1]
    } else hash = sha256(Uint8Array.of(1, ...hash, ...sibling))
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  expect(sn).toBe(0)
  expect(Buffer.from(hash).toString('base64')).toBe(root)
  return record.toString()
}

interface Served {
  readonly url: string
  readonly bodies: string[]
}

async function serve(answer: (body: string) => { status: number; body?: string }): Promise<Served> {
  const bodies: string[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.setEncoding('utf8').on('data', (text: string) => (body += text))
    req.on('end', () => {
      bodies.push(body)
      const { status, body: text = '' } = answer(body)
      res.writeHead(status).end(text)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies }
}

describe('proofs', () => {
  it('hold for an independent checker, at any size', async () => {
    const { audit, source } = scene()
    let last = 0
    for (const size of [1, 2, 7, 300]) {
      while (last < size) last = (await audit.record({ type: 'data.read', detail: { last } })).index + 1
      const { vkeys } = await source()
      for (const index of new Set([0, size >> 1, size - 1])) {
        expect(JSON.parse(checkedElsewhere(await audit.prove(index), vkeys[0]!))).toMatchObject({
          detail: { last: index },
        })
      }
    }
  })

  it('of an earlier checkpoint show that the log only grew, and of another log they do not', async () => {
    const { audit, source } = scene()
    await audit.record({ type: 'data.read' })
    const earlier = await audit.checkpoint()
    for (let i = 0; i < 10; i++) await audit.record({ type: 'data.read' })
    const later = await audit.checkpoint()
    const log = await source()
    const proof = await proveConsistency(log, 1)
    checkConsistency(earlier, later, proof, log.vkeys)
    const other = scene()
    await other.audit.record({ type: 'data.deleted' })
    const foreign = await other.audit.checkpoint()
    const vkeys = [...log.vkeys, ...(await other.source()).vkeys]
    expect(refusal(() => checkConsistency(foreign, later, proof, vkeys))).toMatch(/^ERR_AUDIT_PROOF/)
  })

  it('do not hold for another record, another key, or no key', async () => {
    const { audit, source } = scene()
    await audit.record({ type: 'data.read' })
    await audit.record({ type: 'data.deleted' })
    const proof = await audit.prove(0)
    const { vkeys } = await source()
    const record = Buffer.from('{"type":"data.updated"}').toString('base64')
    for (const [bent, keys] of [
      [proof.replace(/^extra .*$/m, `extra ${record}`), vkeys],
      [proof.replace('index 0', 'index 1'), vkeys],
      [proof.replace('\n2\n', '\n3\n'), vkeys],
      [proof, [vkeyOf({ name: 'shop.example.com/audit', privateKey: generateKeyPairSync('ed25519').privateKey })]],
      [proof, []],
    ] as const) {
      expect(refusal(() => checkRecordProof(bent, keys))).toMatch(/^ERR_AUDIT_PROOF/)
    }
  })
})

describe('checkpoints off the machine', () => {
  it('reach a server, a file, a store and a second log, and are enough to tell that the log was cut', async () => {
    const server = await serve(() => ({ status: 204 }))
    const file = join(tempFolder(), 'checkpoints')
    const second = scene()
    const { audit, env, directory } = scene({
      sendInterval: 10,
      checkpointTo: [
        checkpointsToWebhook({ url: server.url }),
        checkpointsToFile(file),
        checkpointsToLog(second.audit),
      ],
    })
    await audit.record({ type: 'data.read' })
    await audit.checkpoint()
    await env.close()
    const kept = checkpointsIn(readFileSync(file, 'utf8'))
    expect(kept.length).toBeGreaterThanOrEqual(1)
    expect(server.bodies).toEqual(kept)
    const recorded = await second.records()
    expect(recorded.filter(({ type }) => type === 'audit.checkpoint').map(({ detail }) => detail!['note'])).toEqual(
      kept,
    )
    expect((await verifyLog({ directory, checkpoints: kept })).problems).toEqual([])
  })

  it('can be kept in the environment’s store', async () => {
    const { audit, env } = scene({ sendInterval: 10 })
    await audit.record({ type: 'data.read' })
    const note = await audit.checkpoint()
    await checkpointsToStore(env.store)(note)
    const { records } = await env.store.readSince('sallyport.audit-checkpoints', 0)
    expect(records.map(({ value }) => new TextDecoder().decode(value))).toEqual([note])
  })

  it('that cannot be sent are said once, and tried again', async () => {
    let status = 500
    const server = await serve(() => ({ status }))
    const { audit, env } = scene({
      sendInterval: 10,
      checkpointInterval: 10,
      checkpointTo: [checkpointsToWebhook({ url: server.url })],
    })
    using events = captureEvents(env)
    const told = () => events.of('health.changed').map(({ detail }) => `${detail.part} ${detail.healthy}`)
    const checkpointed = async (until: () => boolean) => {
      while (!until()) {
        await audit.record({ type: 'data.read' })
        await audit.checkpoint()
      }
    }
    await checkpointed(() => server.bodies.length > 3)
    expect(told()).toEqual(['audit-checkpoint-1 false'])
    status = 200
    await checkpointed(() => told().length > 1)
    expect(told()).toEqual(['audit-checkpoint-1 false', 'audit-checkpoint-1 true'])
  })
})

describe('a witness', () => {
  const key: KeyObject = generateKeyPairSync('ed25519').privateKey
  const name = 'witness.example.com/w1'
  const vkey = vkeyOf({ name, privateKey: key }, 4)

  it('is shown that the log only grows, and its cosignature is in the proofs (C2SP tlog-witness)', async () => {
    const server = await serve((body) => ({
      status: 200,
      body: cosign(body.slice(body.indexOf('\n\n') + 2), { name, privateKey: key }, 1_700_000_000),
    }))
    const { audit, env, directory, source } = scene({
      sendInterval: 10,
      witnesses: [httpWitness({ url: server.url, vkey })],
    })
    await audit.record({ type: 'data.read' })
    await audit.checkpoint()
    await env.close()
    expect(server.bodies[0]).toMatch(/^old 0\n\nshop\.example\.com\/audit\n1\n/)
    const log = await source()
    const proof = await proveRecord(log, 0)
    expect(checkRecordProof(proof, [...log.vkeys, vkey]).signedBy).toEqual(['shop.example.com/audit', name])
    const stranger = vkeyOf({ name: 'other.example.com', privateKey: key }, 4)
    expect(refusal(() => checkRecordProof(proof, [...log.vkeys, stranger]))).toContain(
      'other.example.com has not signed',
    )
    expect((await verifyLog({ directory })).problems).toEqual([])
  })

  it('that has seen more tells so, and is given the proof from there', async () => {
    let asked = 0
    const server = await serve((body) => {
      if (asked++ === 0) return { status: 409, body: '2\n' }
      return {
        status: 200,
        body: cosign(body.slice(body.indexOf('\n\n') + 2), { name, privateKey: key }, 1_700_000_000),
      }
    })
    const { audit, env } = scene({ sendInterval: 86_400_000, witnesses: [httpWitness({ url: server.url, vkey })] })
    for (let i = 0; i < 5; i++) await audit.record({ type: 'data.read' })
    await audit.checkpoint()
    await env.close()
    expect(server.bodies.map((body) => body.split('\n')[0]).slice(0, 2)).toEqual(['old 0', 'old 2'])
    expect(server.bodies[1]!.slice(0, server.bodies[1]!.indexOf('\n\n')).split('\n').length).toBeGreaterThan(1)
  })

  it('that answers anything else spoils no proof', async () => {
    const server = await serve(() => ({ status: 200, body: `— ${name} AAAAAAAAAAAAAAAA\n` }))
    const { audit, env, source } = scene({ sendInterval: 10, witnesses: [httpWitness({ url: server.url, vkey })] })
    using events = captureEvents(env)
    await audit.record({ type: 'data.read' })
    await audit.checkpoint()
    while (events.of('health.changed').length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await (await source()).witnessed()).toBeUndefined()
  })
})

describe('the signing key', () => {
  it('is exchanged with a checkpoint that both keys sign', async () => {
    const { audit, env, directory, source, records } = scene()
    await audit.record({ type: 'data.read' })
    const [old] = (await source()).vkeys
    const { vkey } = await audit.rotateSigningKey()
    expect((await records()).at(-1)).toMatchObject({ type: 'audit.key-rotated', detail: { vkey } })
    const both = readFileSync(join(directory, 'checkpoint'), 'utf8')
    expect(both.match(/^— /gm)).toHaveLength(2)
    await audit.record({ type: 'data.read' })
    await env.close()
    expect(readFileSync(join(directory, 'checkpoint'), 'utf8').match(/^— /gm)).toHaveLength(1)
    expect((await verifyLog({ directory, vkeys: [vkey], checkpoints: [both] })).problems).toEqual([])
    expect(
      (await verifyLog({ directory, vkeys: [old!], checkpoints: [both] })).problems.map(({ kind }) => kind),
    ).toEqual(['forged-checkpoint'])
    const again = scene({ directory })
    expect((await again.audit.record({ type: 'data.read' })).index).toBe(4)
  })

  it('can be the app’s own, and is then not kept with the log', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const { audit, env, directory } = scene({ signingKey: privateKey })
    await audit.record({ type: 'data.read' })
    await env.close()
    const vkey = vkeyOf({ name: 'shop.example.com/audit', privateKey })
    expect((await verifyLog({ directory, vkeys: [vkey] })).problems).toEqual([])
    const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    expect(readFileSync(join(directory, 'secrets'), 'utf8')).not.toContain(secret)
    expect(
      createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' }).equals(privateKey),
    ).toBe(true)
    const other = generateKeyPairSync('ed25519').privateKey
    const again = scene({ directory, signingKey: other })
    await again.audit.record({ type: 'data.read' })
    await again.env.close()
    expect(
      (await verifyLog({ directory, vkeys: [vkeyOf({ name: 'shop.example.com/audit', privateKey: other })] })).problems,
    ).toEqual([])
  })
})
