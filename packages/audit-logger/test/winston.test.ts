import { once } from 'node:events'
import { Writable } from 'node:stream'
import { mirrorTo, SallyportTransport } from '@sallyport/audit-logger/winston'
import { expect, it } from 'vitest'
import winston from 'winston'
import { refusal, scene } from './support.ts'

it('a winston logger records through the transport, and ends only when all of it is durable', async () => {
  const { audit, records } = scene()
  const logger = winston.createLogger({ transports: [new SallyportTransport({ audit })] })
  for (let i = 0; i < 1000; i++)
    logger.info(`line ${i}`, { type: 'order.approved', email: 'ada@example.com', password: 'x' })
  logger.error('failed')
  logger.end()
  await once(logger, 'finish')
  const all = await records()
  expect(all).toHaveLength(1001)
  expect(all[999]).toMatchObject({ type: 'order.approved', outcome: 'success', detail: { level: 'info' } })
  expect(all[999]!.actor!.personal).toEqual({ message: 'line 999', email: 'ada@example.com', password: '[redacted]' })
  expect(all[1000]).toMatchObject({ type: 'app.log', outcome: 'failure' })
})

it('what cannot be recorded is an error of the transport', async () => {
  const first = scene()
  await first.audit.record({ type: 'data.read' })
  const { audit } = scene({ directory: first.directory })
  const transport = new SallyportTransport({ audit })
  const logger = winston.createLogger({ transports: [transport] })
  const failed = once(logger, 'error')
  logger.info('x')
  expect((await failed)[0]).toMatchObject({ code: 'ERR_AUDIT_LOCKED' })
})

it('what comes from outside in a line neither ends the app nor passes for what the log says of itself', async () => {
  const { audit, records } = scene()
  const logger = winston.createLogger({ transports: [new SallyportTransport({ audit })] })
  logger.info('a', { type: 'no type\nat all' })
  logger.info('b', { type: 'audit.pruned', oldest: 1_000_000 })
  logger.info('c', { list: Array.from({ length: 100 }, () => 'x'.repeat(4000)) })
  logger.info('e')
  logger.end()
  await once(logger, 'finish')
  const all = await records()
  expect(all.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'app.log'))
  expect(new Set(all.map(({ actor }) => actor?.personal?.['message']))).toEqual(new Set(['a', 'b', 'e', undefined]))
  expect(all.filter(({ detail }) => detail?.['unwritable'] === true)).toHaveLength(1)
})

it('any winston transport can mirror the log, without what can be forgotten', async () => {
  const { audit } = scene()
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const logger = winston.createLogger({
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  })
  const stop = mirrorTo(audit, logger)
  await audit.record({
    type: 'data.read',
    outcome: 'denied',
    actor: { subject: 'ada' },
    personal: { email: 'ada@example.com' },
    detail: { rows: 1 },
  })
  stop()
  await audit.record({ type: 'data.read' })
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    message: 'Data read',
    audit: { index: 0, type: 'data.read', detail: { rows: 1 } },
  })
  expect(lines[0]).not.toContain('ada')
})

it('a transport without a log is refused', () => {
  expect(refusal(() => new SallyportTransport({} as never))).toContain('option `audit`')
})
