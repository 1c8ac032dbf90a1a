import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk that can be full. */
export interface SmallDisk {
  /** A folder on it, as the programs see it that are started with `command`. */
  readonly folder: string
  /** The same folder, as this process sees it. */
  readonly outside: string
  /** How a program is started so that it sees the disk. */
  command(program: string, args: readonly string[]): [string, readonly string[]]
  /** Lets nothing more on it. */
  fill(user: ChildProcess): void
  /** Makes room. */
  free(user: ChildProcess): void
  stop(): void
}

const MEBIBYTE = 1_048_576

/** A real file system of a few mebibytes where this user may mount one; else a limit to the size of the program's files. */
export async function smallDisk(): Promise<SmallDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-disk-'))
  const disk = (await mounted(folder)) ?? limited(folder)
  return disk
}

/** In a mount namespace of its own; root's, or one of a user namespace. */
async function mounted(folder: string): Promise<SmallDisk | undefined> {
  const space = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user']
  const mount = `mount -t tmpfs -o size=16m,mode=700 tmpfs '${folder}'`
  if (spawnSync('unshare', [...space, 'sh', '-c', mount]).status !== 0) return undefined
  const holder = spawn('unshare', [...space, 'sh', '-c', `${mount} && echo mounted && exec cat`], {
    // It ends with its input, hence with this process, however that ends.
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const enter = ['--target', String(holder.pid), ...space.filter((one) => one !== '--map-root-user')]
  const outside = `/proc/${holder.pid}/root${folder}`
  const filler = join(outside, 'filler')
  return {
    folder,
    outside,
    command: (program, args) => ['nsenter', [...enter, '--preserve-credentials', program, ...args]],
    fill() {
      // To the last byte.
      for (let size = MEBIBYTE; size >= 1; size /= 4) {
        try {
          for (;;) writeFileSync(filler, new Uint8Array(size), { flag: 'a' })
        } catch (thrown) {
          if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
        }
      }
    },
    free: () => truncateSync(filler),
    stop() {
      holder.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function limited(folder: string): SmallDisk {
  const limit = (user: ChildProcess, bytes: number | 'unlimited'): void => {
    try {
      execFileSync('prlimit', ['--pid', String(user.pid), `--fsize=${bytes}:`], { stdio: ['ignore', 'ignore', 'pipe'] })
    } catch {
      throw new Error(
        'A full disk takes leave to mount one (root, or user namespaces), or else `prlimit` of util-linux (apt-get install util-linux)',
      )
    }
  }
  return {
    folder,
    outside: folder,
    command: (program, args) => [program, args],
    // Less than any of its files has: none can be written to but at its beginning.
    fill: (user) => limit(user, 4096),
    free: (user) => limit(user, 'unlimited'),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  }
}
