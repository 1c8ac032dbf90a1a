import { startChild, type Child } from './child.ts'
import { openCores, type Cores } from './cores.ts'
import { inTurn } from './micro.ts'
import type { Profile } from './profile.ts'

export interface HttpEntry {
  readonly name: string
  /** Path of the module, relative to `contenders/`. */
  readonly module: string
  readonly material: object
  /** What the load sends; also what must be answered 200 before anything is measured. */
  readonly headers: Readonly<Record<string, string>>
  /** Requests that must be refused with this status before anything is measured. */
  readonly refusals?: readonly { readonly headers: Readonly<Record<string, string>>; readonly status: number }[]
}

/** One window of load on one server. */
export interface LoadWindow {
  /** CPU time of the server process for one request, in microseconds. */
  readonly cpuMicros: number
  readonly perSecond: number
  /** Share of the window that the server process was on a CPU: well under 1, the load could not fill it. */
  readonly busy: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p97_5: number
  readonly p99: number
}

interface LoadResult {
  readonly seconds: number
  readonly requests: number
  readonly failed: number
  readonly p50: number
  readonly p97_5: number
  readonly p99: number
}

interface Server {
  readonly entry: HttpEntry
  readonly child: Child
  readonly url: string
}

/** All servers stand at once, each in its process; the load visits one after the other, round by round. */
export async function measureHttp(
  entries: readonly HttpEntry[],
  path: string,
  profile: Profile,
  node: string,
): Promise<ReadonlyMap<string, readonly LoadWindow[]>> {
  const windows = new Map<string, LoadWindow[]>(entries.map(({ name }) => [name, []]))
  const cores = openCores()
  const loader = await startChild('load-child.mjs', process.execPath)
  try {
    cores.load(loader.pid)
    for (let generation = 0; generation < profile.processes; generation++) {
      const rounds = profile.repeats / profile.processes
      await measureProcesses(inTurn(entries, generation), path, profile, node, loader, cores, rounds, windows)
    }
    return windows
  } finally {
    cores.close()
    await loader.stop()
  }
}

async function measureProcesses(
  entries: readonly HttpEntry[],
  path: string,
  profile: Profile,
  node: string,
  loader: Child,
  cores: Cores,
  rounds: number,
  windows: ReadonlyMap<string, LoadWindow[]>,
): Promise<void> {
  const servers: Server[] = []
  try {
    for (const entry of entries) {
      const server = await startServer(entry, path, node)
      servers.push(server)
      cores.server(server.child.pid)
    }
    const amounts = new Map<string, number>()
    for (const { entry, url } of servers) {
      const warm = await load(loader, entry, url, profile, { duration: profile.httpWarmUp })
      const wanted = Math.round((warm.requests * profile.httpWindow) / profile.httpWarmUp)
      amounts.set(entry.name, Math.max(wanted, profile.connections))
    }
    for (let round = 0; round < rounds; round++) {
      for (const { entry, child, url } of inTurn(servers, round)) {
        const before = await child.call<number>('usage')
        const result = await load(loader, entry, url, profile, { amount: amounts.get(entry.name)! })
        const cpu = (await child.call<number>('usage')) - before
        windows.get(entry.name)!.push({
          cpuMicros: cpu / result.requests,
          perSecond: result.requests / result.seconds,
          busy: cpu / 1e6 / result.seconds,
          p50: result.p50,
          p97_5: result.p97_5,
          p99: result.p99,
        })
      }
    }
  } finally {
    await Promise.all(servers.map(({ child }) => child.stop()))
  }
}

async function startServer(entry: HttpEntry, path: string, node: string): Promise<Server> {
  const child = await startChild('server-child.mjs', node, entry.module)
  try {
    const server = { entry, child, url: (await child.call<string>('listen', entry.material)) + path }
    await proveServer(server)
    return server
  } catch (thrown) {
    await child.stop()
    throw thrown
  }
}

async function load(
  loader: Child,
  entry: HttpEntry,
  url: string,
  profile: Profile,
  extent: { readonly amount: number } | { readonly duration: number },
): Promise<LoadResult> {
  const { connections } = profile
  const result = await loader.call<LoadResult>('load', { url, headers: entry.headers, connections, ...extent })
  if (result.failed > 0) throw new Error(`${entry.name}: ${result.failed} requests failed under load`)
  return result
}

/** A guard that lets everything pass would win every race. */
async function proveServer({ entry, url }: Server): Promise<void> {
  const cases = [{ headers: entry.headers, status: 200 }, ...(entry.refusals ?? [])]
  for (const { headers, status } of cases) {
    const response = await fetch(url, { headers })
    await response.arrayBuffer()
    if (response.status !== status)
      throw new Error(`${entry.name}: answered ${response.status} where ${status} is right`)
  }
}
