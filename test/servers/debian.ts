import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { findProgram } from './programs.ts'

/** Whether this is Debian's root user, as in a container: then tests may install what they need. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined
}

/**
 * Installs a package of Debian's, and says so.
 * @throws Error when it cannot be had
 */
export function installDebian(name: string, needed: string): void {
  process.stderr.write(`There is no ${needed}: installing Debian’s package (apt-get install ${name})\n`)
  withoutStarting(() => {
    // The lists of a fresh machine are empty, and those of another one may be too old for what is offered now.
    aptGet(needed, 'update')
    aptGet(needed, 'install', '--no-install-recommends', name)
  })
}

/** Suites that run side by side wait for each other. */
const OPTIONS = ['-o', 'DPkg::Lock::Timeout=300', '-qq', '-y']

function aptGet(needed: string, ...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stderr } = spawnSync('apt-get', [...OPTIONS, ...args], { env, encoding: 'utf8' })
  if (status === 0) return
  throw new Error(`These tests need ${needed}, and apt-get ${args[0]!} failed: ${stderr.trim().split('\n').at(-1)!}`)
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
