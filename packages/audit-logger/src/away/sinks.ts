import { appendFile } from 'node:fs/promises'
import { accept, acceptNumber, checkOptions, type OptionRules, type Store } from '@sallyport/core'
import { auditError } from '../errors.ts'
import type { AuditEvent, AuditReceipt } from '../record/event.ts'

/** Takes a checkpoint to where whoever has this machine cannot change it. A rejection is tried again with the next checkpoint. */
export type CheckpointSink = (note: string) => unknown

/** Options of `checkpointsToWebhook`. */
export interface WebhookOptions {
  /** Where checkpoints are sent by POST, as `text/plain`. */
  readonly url: string
  /** Further headers, such as one that authenticates. @default {} */
  readonly headers?: Readonly<Record<string, string>>
  /** Time for one call, in milliseconds. @default 5000 */
  readonly deadline?: number
}

const rules: OptionRules<WebhookOptions> = {
  url: { accepts: 'an http or https URL', test: (v) => typeof v === 'string' && URL.canParse(v) && /^https?:/.test(v) },
  headers: { ...accept.object, secret: true },
  deadline: acceptNumber('milliseconds', 1, 60_000),
}

/** Sends checkpoints to a server. @throws SecurityError ERR_OPTION */
export function checkpointsToWebhook(options: WebhookOptions): CheckpointSink {
  checkOptions<WebhookOptions>('checkpointsToWebhook', options, rules)
  const { url, headers = {}, deadline = 5000 } = options
  return async (note) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
      body: note,
      redirect: 'error',
      signal: AbortSignal.timeout(deadline),
    })
    await response.body?.cancel()
    if (!response.ok) {
      throw auditError('ERR_AUDIT_UNAVAILABLE', { message: `The server for checkpoints answered ${response.status}` })
    }
  }
}

/** Appends checkpoints to a file, such as one on a disk of another machine. They stand one after the other, each after an empty line. */
export function checkpointsToFile(path: string): CheckpointSink {
  return (note) => appendFile(path, `${note}\n`)
}

/** Keeps checkpoints in a log of a store, such as Redis or PostgreSQL: for as long as `ttl` milliseconds. @default ttl ten years */
export function checkpointsToStore(store: Store, ttl: number = 315_360_000_000): CheckpointSink {
  return (note) => store.append('sallyport.audit-checkpoints', new TextEncoder().encode(note), { ttl })
}

/** Records checkpoints in a second log: each of the two then vouches for the other. */
export function checkpointsToLog(other: { record(event: AuditEvent): Promise<AuditReceipt> }): CheckpointSink {
  return (note) => other.record({ type: 'audit.checkpoint', actor: null, detail: { note } })
}

/** Checkpoints in a file that `checkpointsToFile` wrote. */
export function checkpointsIn(text: string): readonly string[] {
  return text.split(/(?<=^— [^\n]+\n)\n/m).filter((note) => note !== '')
}
