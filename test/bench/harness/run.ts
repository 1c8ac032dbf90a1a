import type { Setting, Suite } from '../suites/suite.ts'
import { measureHttp } from './http.ts'
import { startChild } from './child.ts'
import type { Profile } from './profile.ts'
import { describeCpu, type Report, type SuiteReport } from './report.ts'
import { summarise, type Summary } from './statistics.ts'

/** Runs suites one after the other, and the reference before them. */
export async function runSuites(suites: readonly Suite[], setting: Setting): Promise<Report> {
  const startedAt = new Date().toISOString()
  const { profile, node, progress } = setting
  progress('reference: bare Express')
  const reference = await measureReference(profile, node)
  const reports: SuiteReport[] = []
  for (const suite of suites) {
    const started = performance.now()
    const result = await suite.run({ ...setting, progress: (text) => progress(`${suite.name}: ${text}`) })
    const { name, about, timed } = suite
    reports.push({ name, about, timed, seconds: (performance.now() - started) / 1000, ...result })
  }
  return {
    schema: 1,
    startedAt,
    profile: profile.name,
    repeats: profile.repeats,
    cpu: describeCpu(),
    node: { contenders: await versionOf(node), load: process.version },
    reference,
    suites: reports,
  }
}

async function measureReference(profile: Profile, node: string): Promise<Summary> {
  const name = 'reference'
  const entry = { name, module: 'http/express-bare.mjs', material: {}, headers: {} }
  const short = { ...profile, processes: 1, httpWindow: profile.httpWindow / 2 }
  const windows = (await measureHttp([entry], '/orders', short, node)).get(name)!
  return summarise(windows.map(({ cpuMicros }) => cpuMicros))
}

async function versionOf(node: string): Promise<string> {
  const child = await startChild('load-child.mjs', node)
  await child.stop()
  return child.node
}
