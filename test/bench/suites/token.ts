import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Child } from '../harness/child.ts'
import { measureMicro, startMicro, stopMicro, type Costs, type Memory, type MicroContender } from '../harness/micro.ts'
import type { Bar, Row, Table } from '../harness/report.ts'
import { ratios, summarise } from '../harness/statistics.ts'
import { createIssuer, type Algorithm } from '../harness/tokens.ts'
import type { Setting, Suite } from './suite.ts'
import { names, tokenBars } from './token-bars.ts'

const { reference } = names

const entries = (revoked: number): readonly (readonly [name: string, module: string, more?: object])[] => [
  [reference, 'token/jose.mjs'],
  [names.ours, 'token/sallyport.mjs'],
  [names.revoked, 'token/sallyport.mjs', { revoked }],
  [names.cached, 'token/fast-jwt.mjs', { cache: true }],
  ['express-jwt', 'token/express-jwt.mjs'],
  ['express-oauth2-jwt-bearer', 'token/express-oauth2-jwt-bearer.mjs'],
  ['passport-jwt', 'token/passport-jwt.mjs'],
  ['koa-jwt', 'token/koa-jwt.mjs'],
  ['@fastify/jwt, cache off', 'token/fastify-jwt.mjs', { cache: false }],
  ['@fastify/jwt, cache on', 'token/fastify-jwt.mjs', { cache: true }],
]

export const token: Suite = {
  name: 'token',
  about:
    'Checking an access token: signature, iss, aud, exp, nbf and scope; cold, and warm for pools of distinct tokens',
  timed:
    'CPU time of a process that checks one token after the other, each inside a request of its own: a real ' +
    'IncomingMessage and ServerResponse without a socket, with Express’s prototypes (Koa: its context, Fastify: its ' +
    'Request; jose: nothing), through the peer’s middleware to its next(). “net” is without the making of these objects ' +
    'and the first reading of the headers, measured in the same process. Keys are given as KeyObject or PEM before; no key is ' +
    'fetched. cold: tokens that a new verifier has not seen, its key ready. pool n: drawn at random from n tokens, each ' +
    'offered before. “many revoked”: as many other tokens of the issuer as the bar says are revoked. kept: what stayed on the heap after all tokens of the largest pool were offered once; RSS is the whole ' +
    'process at that moment, the pool itself included.',
  async run(setting) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
    try {
      const tables: Table[] = []
      const bars: Bar[] = []
      for (const algorithm of setting.profile.algorithms) {
        const measured = await measureAlgorithm(algorithm, folder, setting)
        tables.push(...measured.tables)
        bars.push(...measured.bars)
      }
      return { tables, bars }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

async function measureAlgorithm(
  algorithm: Algorithm,
  folder: string,
  setting: Setting,
): Promise<{ readonly tables: readonly Table[]; readonly bars: readonly Bar[] }> {
  const { profile, node } = setting
  const progress = (text: string) => setting.progress(`${algorithm}: ${text}`)
  const { pools, coldTokens } = profile
  const many = pools[2]
  progress(`signing ${many.toLocaleString('en')} tokens`)
  const issuer = createIssuer(algorithm)
  const poolFile = join(folder, `${algorithm}.txt`)
  writeFileSync(poolFile, (await issuer.tokens(many)).join('\n'))
  const material = {
    ...issuer.material,
    poolFile,
    pools,
    primer: await issuer.token(),
    cold: await issuer.tokens(coldTokens),
    bad: await issuer.badTokens(),
  }
  const contenders = await startMicro(
    entries(profile.revokedTokens).map(([name, module, more]) => ({
      name,
      module,
      material: { ...material, ...more },
    })),
    node,
  )
  try {
    await prove(contenders)
    const empty = await each(contenders, (child) => child.call<Memory>('memory'))
    const floor = await measureMicro(contenders, 'floor', profile)
    const warm: Table[] = []
    const warmCosts: Costs[] = []
    let kept = 0
    for (const size of pools) {
      progress(`pool ${size}`)
      const full = await each(contenders, async (child) => {
        await child.call('call', 'fill', size)
        return child.call<Memory>('memory')
      })
      const costs = await measureMicro(contenders, `pool ${size}`, profile)
      warmCosts.push(costs)
      const memory = size === many ? { empty, full } : undefined
      if (memory) kept = Math.max(0, full.get(names.ours)!.heap - empty.get(names.ours)!.heap)
      warm.push(tableOf(algorithm, `pool ${size.toLocaleString('en')}`, contenders, costs, floor, memory))
    }
    // Last, when everything that can be compiled is compiled: only the tokens are to be new.
    progress('cold')
    const cold = await measureMicro(contenders, 'cold', profile, coldTokens)
    const tables = [tableOf(algorithm, 'cold', contenders, cold, floor), ...warm]
    return { tables, bars: tokenBars(algorithm, { floor, cold, warm: warmCosts, kept }, profile) }
  } finally {
    await stopMicro(contenders)
  }
}

/** A check that accepts everything would be the fastest. */
async function prove(contenders: readonly MicroContender[]): Promise<void> {
  for (const { name, child, unavailable } of contenders) {
    if (unavailable !== undefined) continue
    const wrong = await child.call<string[]>('call', 'wrong')
    if (wrong.length > 0) throw new Error(`${name}: ${wrong.join('; ')}`)
  }
}

/** Asks every contender something that is not timed, two at a time. */
async function each<Value>(
  contenders: readonly MicroContender[],
  ask: (child: Child) => Promise<Value>,
): Promise<Map<string, Value>> {
  const answers = new Map<string, Value>()
  const waiting = contenders.filter(({ unavailable }) => unavailable === undefined)
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) answers.set(next.name, await ask(next.child))
  }
  await Promise.all([worker(), worker()])
  return answers
}

function tableOf(
  title: string,
  column: string,
  contenders: readonly MicroContender[],
  costs: Costs,
  floors: Costs,
  memory?: { readonly empty: ReadonlyMap<string, Memory>; readonly full: ReadonlyMap<string, Memory> },
): Table {
  const rows = contenders.map(({ name, unavailable }): Row => {
    if (unavailable !== undefined) return { contender: name, unavailable }
    const own = costs.get(name)!
    const floor = summarise(floors.get(name)!).median
    const before = memory?.empty.get(name)
    const after = memory?.full.get(name)
    return {
      contender: name,
      ratio: ratios(costs.get(reference)!, own),
      cpuMicros: summarise(own),
      netCpuMicros: summarise(own.map((cost) => cost - floor)),
      perCpuSecond: summarise(own.map((cost) => 1e6 / cost)),
      ...(before && after ? { kept: Math.max(0, after.heap - before.heap), rss: after.rss } : {}),
    }
  })
  return { title, column, reference, rows }
}
