import type { Check, Finding } from '../finding.ts'
import { optionsOf } from '../finding.ts'

/** Variables in which apps keep secrets that sign. */
const SECRETS = ['JWT_SECRET_KEY', 'JWT_SECRET', 'SESSION_SECRET', 'COOKIE_SECRET'] as const

/** Shorter than a hash of SHA-256 it is the weaker of the two (RFC 7518, section 3.2). */
const LEAST_BYTES = 32
const LEAST_DISTINCT = 12
const GUESSED = /change.?me|secret|password|passw0rd|example|default|keyboard.?cat|12345|qwerty|test/i

const USERS = new Set(['', 'admin', 'root', 'postgres', 'guest', 'user', 'test', 'default', 'sa'])
const PASSWORDS = new Set([
  'admin',
  'root',
  'postgres',
  'guest',
  'user',
  'test',
  'default',
  'password',
  'changeme',
  'secret',
  'redis',
  '123456',
  'foobared',
])

/** Secrets that can be guessed. */
export const weakSecrets: Check = ({ options, variables }) => {
  const named = SECRETS.map((name) => [name, variables[name]] as const)
  const jwt = optionsOf(options?.jwt)?.['secret']
  return [...named, ['the option jwt.secret', jwt] as const].flatMap(([name, secret]) => {
    const flaw = flawOf(secret)
    return flaw === undefined ? [] : [weak(name, flaw)]
  })
}

function weak(name: string, flaw: string): Finding {
  return {
    id: 'weak-secret',
    severity: 'high',
    what: `${name} ${flaw}`,
    why: 'Whoever finds the secret by trying makes tokens and cookies of any account.',
    fix: 'Draw one: openssl rand -base64 48',
    asvs: '11.5.1',
  }
}

function flawOf(secret: unknown): string | undefined {
  const text = secret instanceof Uint8Array ? Buffer.from(secret).toString('latin1') : secret
  if (typeof text !== 'string' || text === '') return undefined
  if (Buffer.byteLength(text) < LEAST_BYTES) return `is shorter than ${LEAST_BYTES} bytes`
  if (new Set(text).size < LEAST_DISTINCT) return 'has few different characters'
  return GUESSED.test(text) ? 'is made of words that are tried first' : undefined
}

/** Names and passwords that servers come with. */
export const defaultCredentials: Check = ({ variables, production }) =>
  (['REDIS_URL', 'DATABASE_URL'] as const).flatMap((name): readonly Finding[] => {
    const text = variables[name]
    if (text === undefined || !URL.canParse(text)) return []
    const { username, password, hostname } = new URL(text)
    const given = decoded(password)
    if (given === '') return isHere(hostname) || !production ? [] : [noPassword(name)]
    const user = decoded(username)
    if (given !== user && !(USERS.has(user) && PASSWORDS.has(given.toLowerCase()))) return []
    return [
      {
        id: 'default-credentials',
        severity: 'high',
        what: `${name} has a name and a password that are tried first`,
        why: 'Who reaches the server has all state: sessions, revocations, limits.',
        fix: 'Give the app an account of its own on that server, with a password that was drawn.',
        asvs: '13.2.3',
      },
    ]
  })

/** A password that was not encoded may have a percent sign of its own. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function noPassword(name: string): Finding {
  return {
    id: 'no-password',
    severity: 'medium',
    what: `${name} names a server elsewhere and no password`,
    why: 'Who reaches the server has all state, unless it knows its clients otherwise, such as by certificates.',
    fix: 'Give the app an account with a password, or ignore this where certificates do it.',
    asvs: '13.2.1',
  }
}

/** Whether a host is this machine. */
export function isHere(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|)$/.test(hostname)
}

/** Whether what is stored is sealed. */
export const sealing: Check = ({ production, options, settings, env }) => {
  const sealed = env ? env.keyRing : (settings.encryptionKey ?? options?.keyRing ?? options?.env?.keyRing)
  if (!production || sealed !== undefined || (options === undefined && env === undefined)) return []
  return [
    {
      id: 'no-encryption-key',
      severity: 'medium',
      what: 'There is no key ring',
      why: 'Who reads the store or a backup of it reads what is in sessions and second factors.',
      fix: 'npx sallyport keys rotate keys.json --kind ring, and createKeyRing({ keys }); or ENCRYPTION_KEY with loadSallyport().',
      asvs: '14.2.4',
    },
  ]
}
