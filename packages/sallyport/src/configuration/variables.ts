/** Environment variables, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What the variables say. */
export interface Settings {
  readonly redisUrl?: string
  readonly databaseUrl?: string
  readonly jwtSecret?: string
  readonly encryptionKey?: Uint8Array
  readonly geoDatabase?: string
  readonly limits?: boolean
  readonly audit?: boolean
}

/** One thing that is wrong, and where. */
export interface ConfigurationError {
  /** The option, or the variable. */
  readonly option: string
  /** What is wrong and how to put it right; never a value that is secret. */
  readonly message: string
}

/** Kept for parts that do not exist yet: who sets them believes in a protection that is not there. */
const RESERVED: Readonly<Record<string, string>> = {
  SECURITY_THREAT_DETECTION_ENABLED: 'there is no threat detection yet',
  HSM_ENABLED: 'there is no support for hardware modules yet',
}

/** Reads the variables, and tells all that is wrong with them. */
export function readVariables(variables: Variables): {
  readonly settings: Settings
  readonly errors: ConfigurationError[]
} {
  const errors: ConfigurationError[] = []
  const read = <Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    accepted: string,
  ): Value | undefined => {
    const text = variables[name]
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (value === undefined) errors.push({ option: name, message: `${name}: accepted is ${accepted}` })
    return value
  }
  for (const [name, why] of Object.entries(RESERVED)) {
    const on = read(name, flag, 'true or false')
    if (on === true) errors.push({ option: name, message: `${name}: ${why}; take it away, or set it to false` })
  }
  const found = {
    redisUrl: read('REDIS_URL', url('redis:', 'rediss:'), 'a URL such as rediss://redis.example.com:6379'),
    databaseUrl: read(
      'DATABASE_URL',
      url('postgres:', 'postgresql:'),
      'a URL such as postgresql://db.example.com/shop',
    ),
    jwtSecret: read('JWT_SECRET_KEY', (text) => text, 'a secret'),
    encryptionKey: read('ENCRYPTION_KEY', keyBytes, '32 random bytes in base64 or hexadecimal digits'),
    geoDatabase: read('GEOIP_DATABASE_PATH', (text) => text, 'the path of an MMDB file'),
    limits: read('SECURITY_RATE_LIMIT_ENABLED', flag, 'true or false'),
    audit: read('SECURITY_AUDIT_LOG_ENABLED', flag, 'true or false'),
  }
  const settings = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Settings
  return { settings, errors }
}

function flag(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : undefined
}

function url(...protocols: readonly string[]): (text: string) => string | undefined {
  return (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined)
}

function keyBytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, /^[\da-f]{64}$/i.test(text) ? 'hex' : 'base64')
  return bytes.length === 32 ? bytes : undefined
}
