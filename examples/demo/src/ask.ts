import type { Step } from './steps.ts'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Headers without which an answer of that status is not as it should be. */
const NEEDED: Readonly<Record<number, string>> = { 401: 'www-authenticate', 503: 'retry-after' }

/** Sends a step's request over HTTP. */
export async function ask(method: string, url: string, token: string | undefined, json: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** What is wrong with an answer, if anything. */
export function wrongWith(step: Step, { status, headers }: Answer): string | undefined {
  if (status !== step.expected) return `expected ${step.expected}`
  const needed = NEEDED[status]
  return needed === undefined || headers.has(needed) ? undefined : `expected a ${needed} header`
}

/** The part of an answer that tells most. */
export function gistOf({ status, headers, body }: Answer): string {
  const challenge = headers.get('www-authenticate')
  if (challenge !== null) return challenge
  const problem = problemOf(body)
  const retryAfter = headers.get('retry-after')
  if (retryAfter !== null) return [`Retry-After: ${retryAfter}`, problem.code].filter(Boolean).join(', ')
  if (status === 201) return `Location: ${headers.get('location') ?? 'none'}`
  if (status >= 400) return problem.detail ?? problem.code ?? body
  // With spaces, so that there is where to break a line.
  return body.replaceAll(',"', ', "')
}

function problemOf(body: string): { readonly code?: string; readonly detail?: string } {
  try {
    return Object(JSON.parse(body)) as { code?: string; detail?: string }
  } catch {
    return {}
  }
}
