import { coreError, originOf, SecurityError } from '@sallyport/core'
import { BodyStage, strayReporter, type ResponseHead } from '@sallyport/core/doors'
import { problemResponse } from '../problem.ts'
import type { FetchExchange } from './fetch-exchange.ts'
import { headOf } from './head.ts'

const NOTHING = new Uint8Array()
const reportStray = strayReporter('A hook on the end of a response')

/**
 * Lets a response leave through what the gates of its exchange asked for. One that is there as a whole is held until they are done, and
 * may still be replaced; of one that streams the head leaves first, and it is cut off where it may not end.
 */
export async function send(exchange: FetchExchange, given: Response): Promise<Response> {
  const { hooks } = exchange
  const head = headOf(exchange, given)
  const stage = new BodyStage(exchange, head, hooks.body)
  const reader = given.body?.getReader()
  try {
    const start = await begin(reader)
    if (start.whole) await ended(exchange, head)
    const bytes = start.whole ? stageWhole(stage, exchange, start.first) : undefined
    if (!start.whole && stage.wanted) stage.begin(false)
    leave(exchange, head)
    const out = bytes ? bytesOf(exchange, head, bytes) : stream(exchange, head, stage, start.first, reader!)
    return new Response(isBodiless(head.statusCode) ? null : out, {
      status: head.statusCode,
      statusText: head.statusText,
      headers: head.headers,
    })
  } catch (thrown) {
    reader?.cancel().catch(() => undefined)
    return replaced(exchange, head, thrown)
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** The first bytes, and whether they are all: what a handler has at hand comes before the event loop turns. */
async function begin(reader: Reader | undefined): Promise<{ readonly first: Uint8Array; readonly whole: boolean }> {
  if (!reader) return { first: NOTHING, whole: true }
  const chunks: Uint8Array[] = []
  let waiting: ReturnType<Reader['read']> | undefined
  for (let turns = 0; turns < 2;) {
    waiting ??= reader.read()
    const next = await Promise.race([waiting, turn()])
    if (next === undefined) turns++
    else if (next.done) return { first: Buffer.concat(chunks), whole: true }
    else {
      chunks.push(next.value)
      waiting = undefined
      turns = 0
      if (chunks.length > 1) break
    }
  }
  if (waiting) pending.set(reader, waiting)
  return { first: Buffer.concat(chunks), whole: false }
}

/** Reads that were begun to find out whether there is more. */
const pending = new WeakMap<Reader, ReturnType<Reader['read']>>()

function turn(): Promise<undefined> {
  return new Promise((resolve) => void setImmediate(() => resolve(undefined)))
}

async function ended(exchange: FetchExchange, head: ResponseHead): Promise<void> {
  const results = exchange.hooks.end.map((hook) => {
    try {
      return Promise.resolve(hook(exchange, head.statusCode))
    } catch (thrown) {
      return Promise.reject(thrown as Error)
    }
  })
  await Promise.all(results)
}

function stageWhole(stage: BodyStage, exchange: FetchExchange, bytes: Uint8Array): Uint8Array {
  if (!stage.wanted) return bytes
  const given = exchange.method === 'HEAD' && bytes.byteLength === 0 ? undefined : bytes
  const out = stage.begin(true) ? stage.end(bytes) : bytes
  return stage.settle(given, out) ? out : NOTHING
}

/** Runs the last hooks on headers; all of them, also where one refuses. */
function leave(exchange: FetchExchange, head: ResponseHead): void {
  let refusal: { readonly thrown: unknown } | undefined
  for (const hook of exchange.hooks.headers) {
    try {
      hook(exchange, head.statusCode)
    } catch (thrown) {
      refusal ??= { thrown }
    }
  }
  if (refusal) throw refusal.thrown
  exchange.sent()
}

function bytesOf(
  exchange: FetchExchange,
  head: { readonly statusCode: number },
  bytes: Uint8Array,
): ReadableStream<Uint8Array> | Buffer | null {
  const finished = (completed: boolean): void => finish(exchange, head.statusCode, completed)
  if (exchange.hooks.finish.length === 0) return bytes.byteLength > 0 ? Buffer.from(bytes) : null
  if (bytes.byteLength === 0) {
    finished(true)
    return null
  }
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(bytes)
        controller.close()
        finished(true)
      },
      cancel: () => finished(false),
    },
    { highWaterMark: 0 },
  )
}

function stream(
  exchange: FetchExchange,
  head: ResponseHead,
  stage: BodyStage,
  first: Uint8Array,
  reader: Reader,
): ReadableStream<Uint8Array> {
  const changes = stage.wanted && stage.begin(false)
  const filtered = (bytes: Uint8Array): Uint8Array => (changes ? stage.write(bytes) : bytes)
  let begun = first
  const advance = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      if (begun.byteLength > 0) {
        const out = filtered(begun)
        begun = NOTHING
        if (out.byteLength > 0) return controller.enqueue(out)
      }
      const next = await (pending.get(reader) ?? reader.read())
      pending.delete(reader)
      if (!next.done) {
        begun = next.value
        continue
      }
      await ended(exchange, head)
      const last = changes ? stage.end(undefined) : NOTHING
      if (last.byteLength > 0) controller.enqueue(last)
      controller.close()
      return finish(exchange, head.statusCode, true)
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        exchange.cutOff.addEventListener('abort', () => {
          controller.error(new Error('The response was cut off'))
          reader.cancel().catch(() => undefined)
          finish(exchange, head.statusCode, false)
        })
      },
      async pull(controller) {
        try {
          await advance(controller)
        } catch (thrown) {
          // What is thrown here ends the stream with an error: the client sees that it is incomplete.
          reader.cancel().catch(() => undefined)
          finish(exchange, head.statusCode, false)
          throw thrown
        }
      },
      async cancel(reason) {
        finish(exchange, head.statusCode, false)
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Tells how a response ended: once, and to each who asked, whatever another one throws. */
export function finish(exchange: FetchExchange, status: number, completed: boolean): void {
  for (const hook of exchange.hooks.finish.splice(0)) {
    try {
      hook(exchange, { status, completed })
    } catch (thrown) {
      reportStray(thrown)
    }
  }
}

/** Nothing has left yet. What hooks on headers want of it they have said, or say now. */
function replaced(exchange: FetchExchange, head: ReturnType<typeof headOf>, thrown: unknown): Response {
  const error = SecurityError.is(thrown) ? thrown : coreError('ERR_GATE_FAILED', { origin: originOf(thrown) })
  const response = problemResponse(error, head.headers)
  if (!exchange.headersSent) {
    exchange.sending(response.headers)
    for (const hook of exchange.hooks.headers) {
      try {
        hook(exchange, response.status)
      } catch {
        // A refusal is given already.
      }
    }
    exchange.sent()
  }
  finish(exchange, error.status, true)
  return response
}

function isBodiless(status: number): boolean {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304
}
