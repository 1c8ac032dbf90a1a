import { mfaError } from '../errors.ts'
import { objectField, type Fields } from '../fields.ts'

/** The credential that a browser sends as JSON, as far as it is looked into before it is verified. */
export interface PresentedCredential {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly response: Readonly<Record<string, unknown>>
}

/** The longest ids of credentials that authenticators make are 1023 bytes (CTAP 2). */
const LONGEST_ID = 1400

/** Reads the field `credential`. @throws SecurityError ERR_MFA_REQUEST (400) */
export function credentialIn(fields: Fields): PresentedCredential {
  const given = objectField(fields, 'credential')
  const { id, rawId, type, response } = given
  const isText = (value: unknown): value is string =>
    typeof value === 'string' && value.length <= LONGEST_ID && /^[\w-]+$/.test(value)
  if (!isText(id) || !isText(rawId) || type !== 'public-key') throw mfaError('ERR_MFA_REQUEST')
  if (typeof response !== 'object' || response === null) throw mfaError('ERR_MFA_REQUEST')
  return given as unknown as PresentedCredential
}

/** What the browser says of the page that asked (WebAuthn, section 5.8.1). */
interface ClientData {
  readonly crossOrigin: boolean
  readonly topOrigin: string | undefined
}

/** Nothing for what cannot be read. */
function clientDataOf({ response }: PresentedCredential): ClientData | undefined {
  const { clientDataJSON } = response
  if (typeof clientDataJSON !== 'string') return undefined
  try {
    const data = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as Partial<ClientData> | null
    return data === null ? undefined : { crossOrigin: data.crossOrigin === true, topOrigin: data.topOrigin }
  } catch {
    return undefined
  }
}

/**
 * Whether the page was shown by itself, or in a frame of a page that may hold it. The library lets a frame pass of which the browser does not
 * say who holds it.
 */
export function isFramedWell(credential: PresentedCredential, topOrigins: readonly string[]): boolean {
  const data = clientDataOf(credential)
  if (data === undefined) return false
  if (!data.crossOrigin) return data.topOrigin === undefined
  return data.topOrigin !== undefined && topOrigins.includes(data.topOrigin)
}
