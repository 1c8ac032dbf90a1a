import { createEnvironment, type Environment } from '@sallyport/core'
import { createTestClock } from '@sallyport/core/testing'
import { jwtAuth, type CommonOptions, type IssuerOptions } from '@sallyport/jwt-auth'
import { onTestFinished } from 'vitest'
import type { Host } from '../hosts/host.ts'
import { express5Host } from '../hosts/node-hosts.ts'

/** What an app behind one `jwtAuth()` answered. */
export interface Answered {
  readonly status: number
  /** The problem's code; of a pass the subject that the handler saw. */
  readonly said: string
  readonly challenge: string | null
}

/** Asks with a token, or with the header's whole value. */
export interface Ask {
  (token: string): Promise<Answered>
  with(headers: Record<string, string>, path?: string): Promise<Answered>
}

/** An environment whose clock stands still at a time, in seconds since the Unix epoch. */
export function environmentAt(seconds: number): Environment {
  const env = createEnvironment({ clock: createTestClock(seconds * 1000) })
  onTestFinished(() => env.close())
  return env
}

export type Guard = IssuerOptions & CommonOptions & { readonly env: Environment }

/** Serves an app that lets in who has a token. */
export async function guardedBy(options: Guard, host: Host = express5Host): Promise<Ask> {
  const app = await host.start({
    use: [jwtAuth(options)],
    handler: ({ principal }) => ({ body: principal?.subject ?? 'nobody' }),
  })
  const ask = async (headers: Record<string, string>, path = '/orders'): Promise<Answered> => {
    const response = await app.fetch(path, { headers })
    const body = await response.text()
    return {
      status: response.status,
      said: response.ok ? body : (JSON.parse(body) as { code: string }).code,
      challenge: response.headers.get('www-authenticate'),
    }
  }
  return Object.assign((token: string) => ask({ authorization: `Bearer ${token}` }), { with: ask })
}
