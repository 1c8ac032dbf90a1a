import { SecurityError } from '@sallyport/core'
import { onTestFinished } from 'vitest'
import type { WireResponse } from './wire.ts'

/** What came of one request. */
export interface Tried extends WireResponse {
  /** Whether the handler behind all gates ran. */
  readonly reached: boolean
}

/** What happens behind the wire, as far as the test is told. */
export interface Inside {
  /** How often the handler ran. */
  reached: number
  /** Errors that reached the app's own handling. */
  readonly errors: unknown[]
}

/**
 * Does one request at a time.
 * @throws where the app did what no request may make it do
 */
export function judge(inside: Inside): (act: () => Promise<WireResponse>) => Promise<Tried> {
  const strays = watchForStrays()
  const { errors } = inside
  return async (act) => {
    inside.reached = 0
    errors.length = 0
    const response = await act()
    if (strays.length > 0) throw new Error('Something was thrown or rejected that nobody caught', { cause: strays[0] })
    if (response.status >= 500 && !isOfTheFramework(errors[0])) {
      throw new Error(`The app answered ${response.status}`, { cause: errors[0] })
    }
    const failed = errors.find((error) => SecurityError.is(error) && error.status >= 500)
    if (failed !== undefined) throw new Error('A gate failed', { cause: failed })
    if (response.status === 401 && !/\r\nwww-authenticate: /i.test(response.text)) {
      throw new Error('A 401 has no challenge (RFC 9110, section 15.5.2)', { cause: errors[0] })
    }
    return { ...response, reached: inside.reached > 0 }
  }
}

/** The routers of Express and Koa cannot read every target in absolute form. A gate that failed so would be a `SecurityError`. */
function isOfTheFramework(error: unknown): boolean {
  return error instanceof TypeError && (error as { code?: string }).code === 'ERR_INVALID_URL'
}

/** What nobody caught, until the test is over. */
function watchForStrays(): readonly unknown[] {
  const strays: unknown[] = []
  const note = (thrown: unknown): void => void strays.push(thrown)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, note)
    onTestFinished(() => void process.off(event, note))
  }
  return strays
}
