import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Middleware } from '@sallyport/core'
import { converse, type Transcript } from './converse.ts'
import type { Subject } from './subject.ts'

/** What clients have seen of an app and what the app has seen of them. */
export interface Run {
  readonly transcript: Transcript
  readonly journal: readonly string[]
}

/** Starts a subject behind the gates and takes its clients through all that they do. */
export async function run(subject: Subject, gates: readonly Middleware[]): Promise<Run> {
  const journal: string[] = []
  let wake = (): void => undefined
  const made = await subject.make(gates, (line) => {
    journal.push(line)
    wake()
  })
  const app = typeof made === 'function' ? { listener: made } : made
  const server = 'server' in app ? app.server : createServer(app.listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const transcript = await converse((server.address() as AddressInfo).port, subject.steps, {
      async includes(text) {
        while (!journal.some((line) => line.includes(text))) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      },
    })
    return { transcript: masked(transcript, subject.masks ?? []), journal: ordered(journal) }
  } finally {
    server.closeAllConnections()
    if (server.listening) server.close()
    if ('close' in app) await app.close?.()
  }
}

/** What happens at the same time has no order. */
function ordered(journal: readonly string[]): readonly string[] {
  const concurrent = (line: string): boolean => line.includes('?n=')
  return [...journal.filter((line) => !concurrent(line)), ...journal.filter(concurrent).toSorted()]
}

const ALWAYS = [/(?<=^date: ).*$/gim]

function masked<Value>(value: Value, masks: readonly RegExp[]): Value {
  const hide = (text: string): string => [...ALWAYS, ...masks].reduce((left, mask) => left.replaceAll(mask, '…'), text)
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? hide(part) : part,
  ) as Value
}
