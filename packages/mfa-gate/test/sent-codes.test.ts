import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { emailCodes, smsCodes, type EmailCodesOptions, type SmsCodesOptions } from '@sallyport/mfa-gate'
import { createTransport } from 'nodemailer'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { describeHosts } from '../../../test/hosts/describe-hosts.ts'
import { mfaApp, MINUTE, PASSWORD, type Browser } from './support/app.ts'

/** A real mail server, and what it was given. */
async function mailServer(): Promise<{ readonly port: number; readonly mails: Email[] }> {
  const mails: Email[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          mails.push(mail)
          done()
        })
      })
    },
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

async function emailScene(options: Partial<EmailCodesOptions> = {}, more: Parameters<typeof mfaApp>[0] = {}) {
  const { port, mails } = await mailServer()
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  onTestFinished(() => transport.close())
  const factor = emailCodes({ transport, from: 'Shop <login@shop.example.com>', ...options })
  const app = await mfaApp({ factors: [factor], route: ({ mfa }) => [mfa.require()], ...more })
  return { ...app, mails, user: app.browser() }
}

const codeIn = (mail: Email | undefined): string => /^ +(\d{6})$/m.exec(mail?.text ?? '')![1]!

async function enrolEmail(user: Browser, mails: readonly Email[], address = 'ada@example.com'): Promise<string> {
  const { enrolment } = (await user.post('/mfa/enroll', { factor: 'email', address, password: PASSWORD })).body
  const confirmed = await user.post('/mfa/enroll/confirm', { enrolment, code: codeIn(mails.at(-1)) })
  expect(confirmed.status).toBe(201)
  return confirmed.body.authenticator
}

describeHosts('codes by e-mail', (host) => {
  it('6.6.2: are sent by a real mail server, prove the address, and let in', async () => {
    const { user, mails } = await emailScene({}, { host, route: ({ mfa }) => [mfa.require()] })
    await enrolEmail(user, mails)
    const begun = await user.post('/mfa/challenge', { factor: 'email' })
    expect(begun.body).toMatchObject({ sent_to: 'a•••@example.com', expires_in: 300 })
    expect(mails.map(({ to, from, subject }) => [to?.[0]?.address, from?.address, subject])).toEqual([
      ['ada@example.com', 'login@shop.example.com', 'Your code'],
      ['ada@example.com', 'login@shop.example.com', 'Your code'],
    ])
    const { challenge } = begun.body
    const verified = await user.post('/mfa/verify', { factor: 'email', challenge, code: codeIn(mails[1]) })
    expect([verified.status, (await user.get('/orders')).status]).toEqual([200, 200])
    const again = await user.post('/mfa/verify', { factor: 'email', challenge, code: codeIn(mails[1]) })
    expect([again.status, again.body.code]).toEqual([400, 'ERR_MFA_CHALLENGE'])
  })
})

describe('a code by e-mail', () => {
  it('6.5.5: ends with its challenge', async () => {
    const { user, mails, clock } = await emailScene()
    await enrolEmail(user, mails)
    const { challenge } = (await user.post('/mfa/challenge', { factor: 'email' })).body
    clock.set(clock.now() + 5 * MINUTE)
    expect((await user.post('/mfa/verify', { factor: 'email', challenge, code: codeIn(mails[1]) })).body.code).toBe(
      'ERR_MFA_CHALLENGE',
    )
  })

  it('6.6.2: is of no use for another challenge, and neither is a challenge of another account', async () => {
    let user = 'ada'
    const scene = await emailScene({}, { login: () => ({ user, amr: ['pwd'] }) })
    const ada = scene.browser()
    await enrolEmail(ada, scene.mails)
    const first = (await ada.post('/mfa/challenge', { factor: 'email' })).body.challenge
    await ada.post('/mfa/challenge', { factor: 'email' })
    const second = codeIn(scene.mails.at(-1))
    expect((await ada.post('/mfa/verify', { factor: 'email', challenge: first, code: second })).status).toBe(403)
    user = 'eve'
    expect(
      (await scene.browser().post('/mfa/verify', { factor: 'email', challenge: first, code: second })).body.code,
    ).toBe('ERR_MFA_CHALLENGE')
  })

  it('6.3.1: takes five answers, and then not the right one either', async () => {
    const { user, mails } = await emailScene()
    await enrolEmail(user, mails)
    const { challenge } = (await user.post('/mfa/challenge', { factor: 'email' })).body
    const right = codeIn(mails[1])
    const wrong = String((Number(right) + 1) % 1_000_000).padStart(6, '0')
    const statuses: number[] = []
    for (let i = 0; i < 5; i++)
      statuses.push((await user.post('/mfa/verify', { factor: 'email', challenge, code: wrong })).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403])
    expect((await user.post('/mfa/verify', { factor: 'email', challenge, code: right })).body.code).toBe(
      'ERR_MFA_CHALLENGE',
    )
  })

  it('is not sent without end', async () => {
    const { user, mails } = await emailScene()
    await enrolEmail(user, mails)
    const answers = []
    for (let i = 0; i < 6; i++) answers.push(await user.post('/mfa/challenge', { factor: 'email' }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429, 429])
    expect(answers[5]!.headers['retry-after']).toMatch(/^\d+$/)
    expect(mails).toHaveLength(4)
  })

  it('goes to the address that the app says, whatever the request does', async () => {
    const { user, mails } = await emailScene({ addressOf: ({ subject }) => `${subject}@corp.example` })
    await enrolEmail(user, mails, 'eve@evil.example')
    expect(mails[0]!.to![0]!.address).toBe('ada@corp.example')
  })

  it.each([
    'ada@example.com, eve@evil.example',
    'ada@example.com\r\nBcc: eve@evil.example',
    'Ada <ada@example.com>',
    '<ada@example.com>',
    'ada@example.com>\r\nDATA',
    'ada',
    'ada@localhost',
    '"a b"@example.com',
    `${'a'.repeat(65)}@example.com`,
    ['ada@example.com', 'eve@evil.example'] as never,
  ])('is not sent to what is more, or less, than an address: %j', async (address: string) => {
    const { user, mails } = await emailScene()
    const refused = await user.post('/mfa/enroll', { factor: 'email', address, password: PASSWORD })
    expect([refused.status, mails.length]).toEqual([400, 0])
  })

  it('that cannot be sent is told so, and nothing of what the server said', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: 1, secure: false })
    const { browser } = await mfaApp({ factors: [emailCodes({ transport, from: 'a@example.com' })] })
    const refused = await browser().post('/mfa/enroll', {
      factor: 'email',
      address: 'ada@example.com',
      password: PASSWORD,
    })
    expect([refused.status, refused.body.code]).toEqual([503, 'ERR_MFA_DELIVERY'])
    expect(JSON.stringify(refused.body)).not.toMatch(/ECONNREFUSED|ada@/)
  })

  it('by a server that never answers is given up in time', async () => {
    const transport = { sendMail: () => new Promise<never>(() => undefined) }
    const { browser, clock } = await mfaApp({
      factors: [emailCodes({ transport, from: 'a@example.com', timeout: 5000 })],
    })
    const asked = browser().post('/mfa/enroll', { factor: 'email', address: 'ada@example.com', password: PASSWORD })
    let answered: number | undefined
    void asked.then(({ status }) => (answered = status))
    await vi.waitFor(async () => {
      await clock.advance(5000)
      expect(answered).toBe(503)
    })
  })
})

/** A provider of text messages: a real HTTP server, and what it was asked to send. */
async function smsProvider(
  status = 201,
): Promise<{ readonly url: string; readonly sent: { to: string; body: string }[] }> {
  const sent: { to: string; body: string }[] = []
  const read = async (req: IncomingMessage): Promise<string> => {
    let text = ''
    for await (const chunk of req) text += String(chunk)
    return text
  }
  const server = createServer((req, res) => {
    void read(req).then((text) => {
      if (req.headers.authorization === 'Bearer a key of the provider')
        sent.push(JSON.parse(text) as { to: string; body: string })
      res.statusCode = status
      res.end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`, sent }
}

function smsOver(url: string, options: Partial<SmsCodesOptions> = {}) {
  return smsCodes({
    name: 'Shop',
    async send({ to, text, signal }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: 'Bearer a key of the provider', 'content-type': 'application/json' },
        body: JSON.stringify({ to, body: text }),
        signal,
      })
      if (!response.ok) throw new Error(`The provider answered ${response.status}`)
    },
    ...options,
  })
}

describe('codes by text message', () => {
  it('go out over HTTP, and let in', async () => {
    const { url, sent } = await smsProvider()
    const { browser } = await mfaApp({ factors: [smsOver(url)] })
    const user = browser()
    const begun = await user.post('/mfa/enroll', { factor: 'sms', address: '+491701234567', password: PASSWORD })
    const codeOf = (text: string): string => /\b\d{6}\b/.exec(text)![0]
    const { enrolment } = begun.body
    expect((await user.post('/mfa/enroll/confirm', { enrolment, code: codeOf(sent[0]!.body) })).status).toBe(201)
    const { challenge } = (await user.post('/mfa/challenge', { factor: 'sms' })).body
    expect(sent[1]).toEqual({
      to: '+491701234567',
      body: expect.stringMatching(/^Shop: \d{6} is your code\. Tell it to nobody\.$/),
    })
    const verified = await user.post('/mfa/verify', { factor: 'sms', challenge, code: codeOf(sent[1]!.body) })
    expect(verified).toMatchObject({ status: 200, body: { amr: ['pwd', 'sms', 'mfa'] } })
  })

  it.each(['0170 1234567', '+0170123456', '+49', '+49170123456789012', '+49170\n1234567', ''])(
    'do not go to %j',
    async (address) => {
      const { url, sent } = await smsProvider()
      const { browser } = await mfaApp({ factors: [smsOver(url)] })
      const refused = await browser().post('/mfa/enroll', { factor: 'sms', address, password: PASSWORD })
      expect([refused.status, sent.length]).toEqual([400, 0])
    },
  )

  it('that the provider does not take are told so', async () => {
    const { url } = await smsProvider(500)
    const { browser } = await mfaApp({ factors: [smsOver(url)] })
    const refused = await browser().post('/mfa/enroll', { factor: 'sms', address: '+491701234567', password: PASSWORD })
    expect([refused.status, refused.body.code]).toEqual([503, 'ERR_MFA_DELIVERY'])
  })
})
