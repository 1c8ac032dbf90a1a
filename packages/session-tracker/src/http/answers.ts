import type { Answer } from '@sallyport/core'

/** What is somebody's own is kept by nobody on the way. */
const unkept = { 'cache-control': 'no-store' }

export function answerOf(body: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json', ...unkept }, body: JSON.stringify(body) }
}

export const done: Answer = { status: 204, headers: unkept }
