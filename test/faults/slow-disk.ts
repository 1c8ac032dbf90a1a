import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { installDebian, mayInstall } from '../servers/debian.ts'
import { findProgram } from '../servers/programs.ts'

/**
 * Makes the disk of a process slow, as an overloaded or failing one is: every `fdatasync` takes so many milliseconds longer, until it is
 * stopped. The kernel's calls are delayed by `strace`; the process itself knows nothing of it.
 */
export async function slowDisk(pid: number, milliseconds: number): Promise<{ stop(): Promise<void> }> {
  if (findProgram('strace') === undefined) {
    if (!mayInstall()) throw new Error('A slow disk takes strace on the PATH (Debian: apt-get install strace)')
    installDebian('strace', 'strace')
  }
  const inject = `inject=fdatasync:delay_enter=${milliseconds * 1000}`
  const tracer = spawn('strace', ['-f', '-p', String(pid), '-e', 'trace=fdatasync', '-e', inject, '-o', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const attached = new Promise<void>((resolve, reject) => {
    tracer.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('attached')) resolve()
    })
    tracer.once('exit', () => reject(new Error(`strace could not slow the disk down: ${said}`)))
  })
  await attached
  return {
    async stop() {
      const exit = once(tracer, 'exit')
      tracer.kill('SIGINT')
      await exit
    },
  }
}
