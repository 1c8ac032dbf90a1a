import { Writable } from 'node:stream'
import { createEnvironment } from '@sallyport/core'
import { pinoHooks, redactConsole, winstonFormat } from '@sallyport/pii-redactor/logging'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import winston from 'winston'
import { piiRedactor } from '@sallyport/pii-redactor'

const pii = piiRedactor({ env: createEnvironment(), policy: { EMAIL: 'keep' }, logs: {} })

function sink(): { stream: Writable; text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      text += chunk.toString()
      callback()
    },
  })
  return { stream, text: () => text }
}

it('winston: message, meta, splat and errors', async () => {
  const { stream, text } = sink()
  const logger = winston.createLogger({
    format: winston.format.combine(
      winston.format.splat(),
      winstonFormat(pii) as winston.Logform.Format,
      winston.format.json(),
    ),
    transports: [new winston.transports.Stream({ stream })],
  })
  logger.info('mail %s', 'ada@example.com', { password: 'x', deep: [{ ssn: '123-45-6789' }] })
  logger.error('failed', { err: new Error('for ada@example.com') })
  await new Promise((resolve) => {
    logger.end(resolve)
  })
  expect(text()).not.toMatch(/ada@|123-45/)
  expect(JSON.parse(text().split('\n')[0]!)).toMatchObject({
    level: 'info',
    message: 'mail [EMAIL]',
    password: '[SECRET]',
    deep: [{ ssn: '[NATIONAL_ID]' }],
  })
})

it('pino: message, object, child bindings and errors; its own fields stay', () => {
  const { stream, text } = sink()
  const logger = pino({ hooks: pinoHooks(pii) }, stream)
  logger
    .child({ user: { email: 'ada@example.com' } })
    .info({ token: 't', err: new Error('ada@example.com') }, 'mail %s', 'ada@example.com')
  logger.info('nothing')
  const [first, second] = text().trim().split('\n')
  expect(first).not.toContain('ada@')
  expect(JSON.parse(first!)).toMatchObject({
    level: 30,
    pid: process.pid,
    user: { email: '[EMAIL]' },
    token: '[SECRET]',
    msg: 'mail [EMAIL]',
  })
  expect(JSON.parse(second!)).toMatchObject({ level: 30, msg: 'nothing' })
})

it('a console, until it is put back', () => {
  const lines: string[] = []
  const print = (...args: unknown[]): void => void lines.push(args.join(' '))
  const target = { log: print, info: print, warn: print, error: print, debug: print, trace: print }
  const undo = redactConsole(pii, target)
  target.log('mail %s', 'ada@example.com', { password: 'hunter' })
  undo()
  target.log('ada@example.com')
  expect(lines[0]).toBe("%s mail [EMAIL] { password: '[SECRET]' }")
  expect(lines[1]).toBe('ada@example.com')
})

it('the port for other packages redacts as for logs', () => {
  expect(pii.environment.ports.ask('redact')({ email: 'x', a: 'ada@example.com' })).toEqual({
    email: '[EMAIL]',
    a: '[EMAIL]',
  })
})
