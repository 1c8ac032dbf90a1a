import Bowser from 'bowser'

/** The program that a user has, as far as it says so. */
export interface ClientInfo {
  /** Such as `Chrome`; `unknown` where nothing known is said. */
  readonly browser: string
  /** Its major version. */
  readonly version?: string
  /** Such as `Windows`; `unknown` where nothing known is said. */
  readonly os: string
  /** `desktop`, `mobile`, `tablet` or `tv`. */
  readonly platform?: string
}

/** Longer ones are no browser's, and what stands behind says nothing about it. */
const LONGEST = 512

const UNKNOWN: ClientInfo = Object.freeze({ browser: 'unknown', os: 'unknown' })

/** Reads user agents, and remembers the last ones: most users have the same few. */
export class UserAgents {
  readonly #read = new Map<string, ClientInfo>()
  readonly #most: number

  constructor(most = 1000) {
    this.#most = most
  }

  read(header: string | undefined): ClientInfo {
    const text = header?.slice(0, LONGEST).trim() ?? ''
    if (text === '') return UNKNOWN
    const known = this.#read.get(text)
    if (known) return known
    const client = parse(text)
    if (this.#read.size >= this.#most) this.#read.delete(this.#read.keys().next().value!)
    this.#read.set(text, client)
    return client
  }
}

function parse(text: string): ClientInfo {
  const { browser, os, platform } = Bowser.parse(text)
  const version = /^\d{1,6}/.exec(browser.version ?? '')?.[0]
  return Object.freeze({
    browser: named(browser.name),
    ...(version !== undefined && { version }),
    os: named(os.name),
    ...(platform.type !== undefined && { platform: named(platform.type) }),
  })
}

/** bowser takes what it does not know from the text as it is: nothing longer than a name, and no markup. */
function named(name: string | undefined): string {
  const bare = name?.replaceAll(/[^\p{L}\p{N} ._()+-]/gu, '').trim() ?? ''
  return bare === '' ? 'unknown' : bare.slice(0, 40)
}
