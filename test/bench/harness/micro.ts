import { startChild, type Child } from './child.ts'
import type { Profile } from './profile.ts'

/** What one measured window gave. */
export interface Window {
  readonly count: number
  readonly cpuMicros: number
  readonly wallMicros: number
}

export interface Memory {
  readonly rss: number
  readonly heap: number
}

/** A contender in a process of its own, ready to be measured. */
export interface MicroContender {
  readonly name: string
  readonly child: Child
  /** Why it takes no part. */
  readonly unavailable?: string
}

export interface MicroEntry {
  readonly name: string
  /** Path of the module, relative to `contenders/`. */
  readonly module: string
  /** Handed to the module's `prepare`. */
  readonly material: object
}

export async function startMicro(entries: readonly MicroEntry[], node: string): Promise<MicroContender[]> {
  return Promise.all(
    entries.map(async ({ name, module, material }) => {
      const child = await startChild('micro-child.mjs', node, module)
      const unavailable = await child.call<string | undefined>('prepare', material)
      return { name, child, ...(unavailable === undefined ? {} : { unavailable }) }
    }),
  )
}

export async function stopMicro(contenders: readonly MicroContender[]): Promise<void> {
  await Promise.all(contenders.map(({ child }) => child.stop()))
}

/** CPU microseconds for one operation, one value for each round, by contender. */
export type Costs = ReadonlyMap<string, readonly number[]>

/**
 * Measures one operation of every contender, in turn within each round: what disturbs the machine disturbs all of them.
 * While one works the others are idle.
 * @param most operations that one window may have at most
 */
export async function measureMicro(
  contenders: readonly MicroContender[],
  operation: string,
  profile: Profile,
  most = 100_000_000,
): Promise<Costs> {
  const taking = contenders.filter(({ unavailable }) => unavailable === undefined)
  const counts = new Map<string, number>()
  for (const { name, child } of taking) counts.set(name, await calibrate(child, operation, profile, most))
  const costs = new Map<string, number[]>(taking.map(({ name }) => [name, []]))
  for (let round = 0; round < profile.repeats; round++) {
    for (const { name, child } of inTurn(taking, round)) {
      const { count, cpuMicros } = await child.call<Window>('window', operation, counts.get(name))
      costs.get(name)!.push(cpuMicros / count)
    }
  }
  return costs
}

/** Runs the operation until it is warm, and finds out how many fill a window. */
async function calibrate(child: Child, operation: string, profile: Profile, most: number): Promise<number> {
  const target = profile.microWindow * 1000
  let count = 1
  for (;;) {
    const { wallMicros } = await child.call<Window>('window', operation, count)
    if (count >= most) return most
    if (wallMicros >= target) return count
    const wanted = wallMicros < target / 16 ? count * 8 : Math.ceil((count * target * 1.05) / wallMicros)
    count = Math.min(most, Math.max(wanted, count + 1))
  }
}

/** Another contender comes first in each round, so that none always follows the same neighbour's heat. */
export function inTurn<Item>(items: readonly Item[], round: number): Item[] {
  const shift = round % Math.max(items.length, 1)
  return [...items.slice(shift), ...items.slice(0, shift)]
}
