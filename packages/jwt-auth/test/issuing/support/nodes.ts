import {
  createEnvironment,
  createMemoryStore,
  type Environment,
  type EnvironmentOptions,
  type Store,
} from '@sallyport/core'
import { captureEvents, createTestClock, type CapturedEvents, type TestClock } from '@sallyport/core/testing'
import { tokenIssuer, type TokenIssuer, type TokenIssuerOptions } from '@sallyport/jwt-auth/issuer'
import { onTestFinished } from 'vitest'

export const ISSUER = 'https://id.example.com'
export const AUDIENCE = 'orders-api'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** One node: a process of its own, as far as anybody on it can tell. */
export interface Node {
  readonly env: Environment
  readonly issuer: TokenIssuer
  readonly events: CapturedEvents
}

/** Nodes that share a store, and the time. */
export interface Nodes {
  readonly clock: TestClock
  /** One node's connection to the store that all share. */
  connect(): Store
  node(options?: Partial<TokenIssuerOptions>, environment?: EnvironmentOptions): Node
}

/** Nodes on one store; all end with the test. */
export function startNodes(): Nodes {
  const clock = createTestClock()
  const store = createMemoryStore({ clock })
  // One process is all that these nodes are: the first that closes must not take it from the others.
  const connect = (): Store => ({ ...store, close: () => Promise.resolve() })
  return {
    clock,
    connect,
    node(options = {}, environment = {}) {
      const env = createEnvironment({ store: connect(), clock, ...environment })
      onTestFinished(() => env.close())
      const events = captureEvents(env)
      onTestFinished(events.stop)
      const issuer = tokenIssuer({ issuer: ISSUER, audience: AUDIENCE, env, ...options } as TokenIssuerOptions)
      return { env, issuer, events }
    },
  }
}

/** One node alone. */
export function startNode(options: Partial<TokenIssuerOptions> = {}): Node & { readonly clock: TestClock } {
  const nodes = startNodes()
  return { ...nodes.node(options), clock: nodes.clock }
}

export const alice = { subject: 'alice', roles: ['clerk'], scopes: ['orders:read', 'orders:create'] }

/** Lets time pass of which nobody sees anything, as for a process that sleeps: no timer runs. */
export function pass(clock: TestClock, milliseconds: number): void {
  clock.set(clock.now() + milliseconds)
}

/** The code that something was refused with; nothing where it was not. */
export async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt
    return undefined
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? `no code: ${String(thrown)}`
  }
}
