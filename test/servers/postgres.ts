import { execFileSync } from 'node:child_process'
import { chownSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { guardedFolder } from './guard.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { privateFolder, startServer, type TestServer } from './server.ts'

/**
 * Starts a PostgreSQL server of the test's own. Whoever is on this machine may log in as `postgres`; it is as careful with what it
 * has acknowledged as one in production (`fsync`, `synchronous_commit`).
 */
export async function startPostgres(): Promise<TestServer> {
  const binaries = postgresBinaries()
  const user = serverUser()
  return startServer({
    name: 'postgres',
    // At once, and with its shared memory given back.
    endedBy: 'SIGQUIT',
    user,
    url: (port) => `postgresql://postgres@127.0.0.1:${port}/postgres`,
    prepare(data) {
      emptyFolder(data, user)
      execFileSync('cp', ['-R', `${template(binaries, user)}/.`, data], { ...user })
    },
    command: (data, port) => ({ file: join(binaries, 'postgres'), args: ['-D', data, ...settings(port)] }),
    isReady,
  })
}

function settings(port: number): string[] {
  return [
    ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='],
    // Within the data folder, so that nothing is left behind by one that was killed.
    'dynamic_shared_memory_type=mmap',
    'shared_buffers=16MB',
  ].flatMap((setting) => ['-c', setting])
}

/** It says so itself, in the file that keeps a second server off its data: the process first, its state last. */
function isReady(data: string, _port: number, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid && ['ready', 'standby'].includes(lines[7]?.trim() ?? '')
  } catch {
    return false
  }
}

type User = { readonly uid: number; readonly gid: number } | undefined

/** PostgreSQL refuses to run as root. */
function serverUser(): User {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((what) => Number(execFileSync('id', [what, name], { stdio: 'pipe' }))) as [
        number,
        number,
      ]
      return { uid, gid }
    } catch {
      // There is no such user here.
    }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody` for it')
}

function emptyFolder(path: string, user: User): void {
  privateFolder(path)
  if (user) chownSync(path, user.uid, user.gid)
}

/** Of this process: what `initdb` makes in a second is copied in a few milliseconds. */
let made: string | undefined

function template(binaries: string, user: User): string {
  if (made !== undefined) return made
  const folder = join(guardedFolder('postgres-template').folder, 'data')
  emptyFolder(folder, user)
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  execFileSync(join(binaries, 'initdb'), ['-D', folder, ...options], { cwd: folder, stdio: 'pipe', ...user })
  return (made = folder)
}
