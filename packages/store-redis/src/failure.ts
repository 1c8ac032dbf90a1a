import { originOf, SecurityError } from '@sallyport/core'
import { storeUnavailable } from '@sallyport/core/store'
import { redisError, redisErrors, type RedisErrorCode } from './errors.ts'

const CODES: Readonly<Record<string, RedisErrorCode>> = {
  OOM: 'ERR_REDIS_FULL',
  NOPERM: 'ERR_REDIS_DENIED',
  NOAUTH: 'ERR_REDIS_DENIED',
  WRONGPASS: 'ERR_REDIS_DENIED',
  NOREPLICAS: 'ERR_REDIS_REPLICAS',
}

/** The first word of what Redis answered instead of a result: `OOM`, `NOSCRIPT`. Both clients put the answer into the message. */
export function replyWord(thrown: unknown): string | undefined {
  const { message } = thrown as { message?: unknown }
  return typeof message === 'string' ? /^[A-Z]{2,24}(?= |$)/.exec(message)?.[0] : undefined
}

/** The refusal (503) for a reason of this package. */
export function refusal(code: RedisErrorCode, message: string = redisErrors[code].title): SecurityError {
  return storeUnavailable(message, redisError(code))
}

/** The refusal (503) for whatever a client threw. Of what the server said no more than its first word: the rest holds names and addresses. */
export function unavailable(thrown: unknown): SecurityError {
  if (SecurityError.is(thrown)) return thrown
  const word = replyWord(thrown)
  if (word === undefined) return refusal('ERR_REDIS_OFFLINE', 'The connection to Redis failed or was lost')
  const code = CODES[word]
  return code ? refusal(code) : refusal('ERR_REDIS_REFUSED', `Redis did not carry out the command: ${word}`)
}

/** A failure's name and code, for the log of this package. */
export function nameOf(thrown: unknown): string {
  const { name, code = replyWord(thrown) ?? '' } = originOf(thrown)
  return `${name} ${code}`.trimEnd()
}
