import { installDebian, mayInstall } from './debian.ts'
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
  if (!mayInstall()) return undefined
  installDebian('redis-server', 'redis-server 7 or later')
  return findProgram('redis-server')
}
