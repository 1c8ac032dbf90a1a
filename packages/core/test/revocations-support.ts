import type { Principal } from '../src/principal.ts'
import { createRevocations, type RevocationsOptions } from '../src/revocation-list.ts'
import type { Revocation, Revocations } from '../src/revocations.ts'
import type { Store } from '../src/store/contract.ts'
import { createMemoryStore } from '../src/store/memory-store.ts'
import { createTestClock, type TestClock } from '../src/testing/test-clock.ts'

/** When the tests' clock begins, in seconds. */
export const NOW = 1_800_000_000

const ISSUER = 'https://issuer.example'

/** A store that can be broken, hung, deafened and replaced by an empty one, as a server can. */
export interface TestServer {
  readonly store: Store
  readonly clock: TestClock
  reads: number
  state: 'up' | 'down' | 'hung' | 'deaf'
  /** Loses everything: comes back empty, with another generation. */
  lose(): void
  /** The sound store behind. */
  readonly inner: Store
}

export function createTestServer(clock: TestClock = createTestClock(NOW * 1000)): TestServer {
  let inner = createMemoryStore({ clock })
  const through = <T>(work: () => Promise<T>): Promise<T> => {
    if (server.state === 'down') return Promise.reject(new Error('connection refused'))
    return server.state === 'hung' ? new Promise<never>(() => undefined) : work()
  }
  const store: Store = {
    kind: 'test',
    durable: true,
    generation: () => through(() => inner.generation()),
    get: (key) => through(() => inner.get(key)),
    commit: (...given) => through(() => inner.commit(...given)),
    increment: (...given) => through(() => inner.increment(...given)),
    listOwned: (...given) => through(() => inner.listOwned(...given)),
    append: (...given) => through(() => inner.append(...given)),
    readSince(...given) {
      server.reads++
      return through(() => inner.readSince(...given))
    },
    subscribe: (log, onHint) => through(() => inner.subscribe(log, () => void (server.state !== 'deaf' && onHint()))),
    cleanup: () => through(() => inner.cleanup()),
    close: () => inner.close(),
  }
  const server: TestServer = {
    store,
    clock,
    reads: 0,
    state: 'up',
    lose() {
      inner = createMemoryStore({ clock })
    },
    get inner() {
      return inner
    },
  }
  return server
}

/** A node on a server's store, with what it reported. */
export function createNode(server: TestServer, more: Partial<RevocationsOptions> = {}) {
  const recorded: Revocation[] = []
  const health: boolean[] = []
  const list: Revocations = createRevocations({
    store: server.store,
    clock: server.clock,
    onRecorded: (revocation) => void recorded.push(revocation),
    onHealth: (healthy) => void health.push(healthy),
    ...more,
  })
  return { list, recorded, health }
}

export function token(id: string, more: { expiresAt?: number; reason?: string; issuer?: string } = {}): Revocation {
  return { kind: 'token', issuer: ISSUER, id, expiresAt: NOW + 3600, reason: 'logout', ...more }
}

export function session(id: string, more: { expiresAt?: number } = {}): Revocation {
  return { kind: 'session', issuer: ISSUER, id, expiresAt: NOW + 3600, reason: 'logout', ...more }
}

export function subject(
  name: string,
  more: { tenant?: string; notAfter?: number; expiresAt?: number; reason?: string; issuer?: string } = {},
): Revocation {
  return {
    kind: 'subject',
    issuer: ISSUER,
    subject: name,
    notAfter: NOW,
    expiresAt: NOW + 3600,
    reason: 'password changed',
    ...more,
  }
}

/** A caller with a token `jti-1` of session `sid-1`, issued a minute ago. */
export function caller(more: Partial<Principal> & { issuedAt?: number | undefined; jti?: string } = {}): Principal {
  const { issuedAt = NOW - 60, jti = 'jti-1', ...rest } = more
  const when = 'issuedAt' in more && more.issuedAt === undefined ? {} : { issuedAt }
  return {
    issuer: ISSUER,
    subject: 'alice',
    sid: 'sid-1',
    roles: [],
    amr: [],
    credential: { kind: 'bearer', id: jti, ambient: false, ...when },
    ...rest,
  }
}
