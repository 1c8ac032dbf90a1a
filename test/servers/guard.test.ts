import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../architecture/repository.ts'
import { guardedFolder } from './guard.ts'
import { isRunning, until } from './processes.ts'

/** The servers as a program of plain Node, for a process that is killed. */
let built = ''

beforeAll(() => {
  const { folder } = guardedFolder('built')
  const options = ['--noCheck', '--module', 'nodenext', '--target', 'es2023', '--rewriteRelativeImportExtensions']
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const entry = join(root, 'test/servers/index.ts')
  spawnSync(process.execPath, [tsc, '--ignoreConfig', '--outDir', folder, ...options, entry], { cwd: folder })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  built = join(folder, 'index.js')
  if (!existsSync(built)) throw new Error('The compiler did not build the servers')
})

/** Starts both kinds of server in a process of its own, which ends without stopping them. */
async function startAndEnd(end: string): Promise<{ readonly pids: number[]; readonly temporary: string }> {
  const temporary = mkdtempSync(join(tmpdir(), 'sallyport-guard-'))
  chmodSync(temporary, 0o755)
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }))
  const program = `
    import { startPostgres, startRedis } from ${JSON.stringify(built)}
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
    redis.pause()
    console.log(JSON.stringify([redis.pid, postgres.pid]))
    process.stdin.once('data', () => { ${end} })
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const pids = await new Promise<number[]>((resolve) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as number[]))
  })
  expect(pids.map(isRunning)).toEqual([true, true])
  child.stdin.write('end\n')
  return { pids, temporary }
}

describe('servers', () => {
  it.each([
    ['is killed', `process.kill(process.pid, 'SIGKILL')`],
    ['is interrupted', `process.kill(process.pid, 'SIGINT')`],
    ['forgets to stop them', 'process.exit()'],
  ])('do not outlive a test process that %s', async (_, end) => {
    const { pids, temporary } = await startAndEnd(end)
    await until('the servers have ended', () => !pids.some(isRunning), 10_000)
    await until('their folders are gone', () => readdirSync(temporary).length === 0, 10_000)
    expect(readdirSync(temporary)).toEqual([])
  })
})
