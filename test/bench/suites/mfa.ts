import { measureMicro, startMicro, stopMicro, type Costs, type MicroEntry } from '../harness/micro.ts'
import type { Bar, Row, Table } from '../harness/report.ts'
import { median, ratios, summarise } from '../harness/statistics.ts'
import type { Suite } from './suite.ts'

const module = 'mfa/sallyport.mjs'
const byLogin = 'identify() alone, two factors in the login'
const bySession = 'identify() alone, a session with a proof'
const gatedLogin = '… and mfa.require(), satisfied by the login'
const gatedSession = '… and mfa.require(), satisfied by the session'
const login = 'POST mfa/verify with a TOTP code'

const entries: readonly MicroEntry[] = [
  { name: byLogin, module, material: { gate: false, kept: 'login' } },
  { name: gatedLogin, module, material: { gate: true, kept: 'login' } },
  { name: bySession, module, material: { gate: false, kept: 'session' } },
  { name: gatedSession, module, material: { gate: true, kept: 'session' } },
]

export const mfa: Suite = {
  name: 'mfa',
  about: 'what a satisfied gate adds to a request, and what a login by a TOTP code takes over HTTP',
  timed:
    'CPU time of a process that sends requests through identify() and the gate, one after the other, without a socket; for the login, of a ' +
    'process that is client and server of it, with the store in memory, sealing and budgets included. Each code is used once.',
  async run({ profile, node, progress }) {
    progress('contenders')
    const contenders = await startMicro(
      [...entries, { name: login, module, material: { gate: true, kept: 'session' } }],
      node,
    )
    try {
      for (const { child } of contenders) {
        const told = await child.call<string>('call', 'refuses')
        if (told !== 'ERR_MFA_STEP_UP') throw new Error(`The gate let in a login without a second factor: ${told}`)
      }
      progress('timing')
      const costs = await measureMicro(contenders.slice(0, entries.length), 'pass', profile)
      const logins = await measureMicro(contenders.slice(entries.length), 'login', profile, 20_000)
      const tables: Table[] = [
        { title: 'A satisfied gate', reference: byLogin, rows: entries.map(({ name }) => row(name, costs, byLogin)) },
        { title: 'A login by TOTP', reference: login, rows: [row(login, logins, login)] },
      ]
      return { tables, bars: [added(costs, byLogin, gatedLogin), added(costs, bySession, gatedSession), took(logins)] }
    } finally {
      await stopMicro(contenders)
    }
  },
}

function row(name: string, costs: Costs, reference: string): Row {
  const own = costs.get(name)!
  return {
    contender: name,
    ratio: ratios(costs.get(reference)!, own),
    cpuMicros: summarise(own),
    perCpuSecond: summarise(own.map((cost) => 1e6 / cost)),
  }
}

/** In the same round each: what disturbs the machine disturbs both. */
function added(costs: Costs, without: string, withIt: string): Bar {
  const more = median(costs.get(withIt)!.map((cost, round) => cost - costs.get(without)![round]!))
  return { text: `a gate adds under 1 µs: ${withIt}`, actual: `${more.toFixed(2)} µs`, reached: more < 1 }
}

function took(costs: Costs): Bar {
  const millis = median(costs.get(login)!) / 1000
  return {
    text: 'a login by TOTP takes under 10 ms end to end',
    actual: `${millis.toFixed(2)} ms`,
    reached: millis < 10,
  }
}
