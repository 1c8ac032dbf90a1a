import { Connection } from './connection.ts'
import type { Step } from './subject.ts'

/** What the client of an app has seen, step by step. */
export type Transcript = readonly { readonly step: string; readonly seen: unknown }[]

/** So that it is said which step hangs. */
function patience(step: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${step} has no answer`)), 20_000).unref()
  })
}

/** Goes through the steps of a subject with one running app. */
export async function converse(
  port: number,
  steps: readonly Step[],
  journal: { includes(text: string): Promise<void> },
): Promise<Transcript> {
  const jar = new Map<string, string>()
  const transcript: { step: string; seen: unknown }[] = []
  let connection = new Connection(port)
  try {
    for (const step of steps) {
      if (connection.ended) connection = new Connection(port)
      const seen = await Promise.race([perform(connection, step), patience(titleOf(step))])
      transcript.push({ step: titleOf(step), seen })
      if (step.leaveAfter !== undefined) {
        connection.destroy()
        connection = new Connection(port)
      }
      if (step.awaits !== undefined) await journal.includes(step.awaits)
    }
  } finally {
    connection.destroy()
  }
  return transcript

  function perform(on: Connection, step: Step): unknown {
    if (step.client) return step.client(port)
    if (step.times === undefined) return take(on, step)
    return Promise.all(Array.from({ length: step.times }, (_, i) => takeAlone(step, i)))
  }

  async function take(on: Connection, step: Step): Promise<readonly string[]> {
    const requests = step.pipeline ?? [step]
    if (step.chunks) await sendSlowly(on, step)
    else if (step.patient) on.send(bytesOf({ ...step, body: '' }, jar, Buffer.byteLength(step.body ?? '')))
    else on.send(Buffer.concat(requests.map((one) => Buffer.from(bytesOf(one, jar)))))
    if (step.patient) {
      // A server that refuses says so instead, and then the body is not wanted.
      if ((await on.upTo('\r\n\r\n')).includes(' 100 ')) on.send(step.body ?? '')
    }
    if (step.leaveAfter !== undefined) return [await on.upTo(step.leaveAfter)]
    const answers: string[] = []
    for (const { method = 'GET', raw } of requests) {
      const answer = await on.answer(raw?.split(' ', 1)[0] ?? method)
      answers.push(answer)
      for (const [, name, value] of answer.matchAll(/^set-cookie: ([^=\s]+)=([^;\r]*)/gim)) jar.set(name!, value!)
      // Who says that the connection ends must end it, and who does not must not.
      if (/^connection: close/im.test(answer.split('\r\n\r\n', 1)[0]!)) {
        await on.closed()
        answers.push('closed')
      }
    }
    return answers
  }

  async function takeAlone(step: Step, i: number): Promise<readonly string[]> {
    const own = new Connection(port)
    try {
      return await take(own, { ...step, path: (step.path ?? '/').replace('#', String(i)) })
    } finally {
      own.destroy()
    }
  }

  async function sendSlowly(on: Connection, { chunks = [], ...step }: Step): Promise<void> {
    const headers = { ...step.headers, 'Transfer-Encoding': 'chunked', Trailer: 'X-Last' }
    on.send(bytesOf({ ...step, headers }, jar))
    for (const chunk of chunks) {
      await new Promise((resolve) => setImmediate(resolve))
      on.send(`${Buffer.byteLength(chunk).toString(16)}\r\n${Buffer.from(chunk).toString('latin1')}\r\n`)
    }
    on.send('0\r\nX-Last: yes\r\n\r\n')
  }
}

function bytesOf(step: Step, jar: ReadonlyMap<string, string>, length?: number): Uint8Array {
  if (step.raw !== undefined) return Buffer.from(step.raw, 'latin1')
  const { method = 'GET', path = '/', version = 'HTTP/1.1', headers = {}, body } = step
  const lines = [`${method} ${path} ${version}`, 'Host: app.example']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (step.cookies) lines.push(`Cookie: ${[...jar].map(([name, value]) => `${name}=${value}`).join('; ')}`)
  if (body !== undefined) lines.push(`Content-Length: ${length ?? Buffer.byteLength(body)}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body ?? '')])
}

function titleOf(step: Step): string {
  if (step.client) return step.client.name
  if (step.raw !== undefined) return step.raw.split('\r\n', 1)[0]!
  if (step.pipeline) return step.pipeline.map(titleOf).join(' | ')
  return `${step.method ?? 'GET'} ${step.path ?? '/'}`
}
