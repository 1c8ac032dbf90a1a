import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { findProgram } from './programs.ts'

/** Of this process; a server's program does not move while tests run. */
let found: string | undefined

/**
 * The path of `redis-server`. Debian's package is installed where there is none and this is Debian's root user, as in a container.
 * @throws Error what to do where it cannot be had
 */
export function redisBinary(): string {
  return (found ??= findProgram('redis-server') ?? installed() ?? missing())
}

function missing(): never {
  throw new Error(
    'These tests need redis-server 7 or later on the PATH (Debian: apt-get install redis-server; macOS: brew install redis)',
  )
}

function installed(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !findProgram('apt-get')) return undefined
  process.stderr.write('There is no redis-server: installing Debian’s package (apt-get install redis-server)\n')
  withoutStarting(() => {
    // The lists of a fresh machine are empty, and those of another one may be too old for what is offered now.
    aptGet('update')
    aptGet('install', '--no-install-recommends', 'redis-server')
  })
  return findProgram('redis-server')
}

/** Suites that run side by side wait for each other. */
const OPTIONS = ['-o', 'DPkg::Lock::Timeout=300', '-qq', '-y']

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stderr } = spawnSync('apt-get', [...OPTIONS, ...args], { env, encoding: 'utf8' })
  if (status === 0) return
  throw new Error(
    `These tests need redis-server 7 or later, and apt-get ${args[0]!} failed: ${stderr.trim().split('\n').at(-1)!}`,
  )
}

const POLICY = '/usr/sbin/policy-rc.d'

/** Debian starts what it installs, unless this file says no. */
function withoutStarting(install: () => void): void {
  const mine = !existsSync(POLICY)
  if (mine) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (mine) rmSync(POLICY, { force: true })
  }
}
