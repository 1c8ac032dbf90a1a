import { describe } from 'vitest'
import { fastify5Host } from './fastify-host.ts'
import { hono4Host } from './hono-host.ts'
import type { Host } from './host.ts'
import { koa2Host, koa3Host } from './koa-hosts.ts'
import { connectHost, express4Host, express5Host, httpHost } from './node-hosts.ts'

/** Every host that the packages run on: without a door, and by one. */
const hosts: readonly Host[] = [
  express5Host,
  express4Host,
  connectHost,
  httpHost,
  koa3Host,
  koa2Host,
  fastify5Host,
  hono4Host,
]

/** Runs one body of tests on every host: what a middleware promises, it promises everywhere. */
export function describeHosts(subject: string, body: (host: Host) => void): void {
  for (const host of hosts) {
    describe(`${subject} on ${host.name}`, () => {
      body(host)
    })
  }
}
