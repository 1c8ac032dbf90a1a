import type { Check } from '../finding.ts'

/** End of life by major version, from Node's release schedule. Uneven ones live half a year. */
const END: Readonly<Record<number, string>> = { 20: '2026-04-30', 22: '2027-04-30', 24: '2028-04-30', 26: '2029-04-30' }
const OLDEST = [20, 19] as const

/** Whether this Node runs the packages, and is still repaired. */
export const nodeVersion: Check = ({ clock }) => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const tooOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  const end = END[major]
  const ended = tooOld || (end === undefined ? major < 26 : clock.now() > Date.parse(end))
  if (!ended) return []
  return [
    {
      id: 'node-version',
      severity: tooOld ? 'high' : 'medium',
      what: `This is Node ${process.versions.node}`,
      why: tooOld ? 'The packages need 20.19 or later.' : 'It gets no security fixes any more.',
      fix: 'Run the app on a version that is maintained: https://nodejs.org/en/about/previous-releases',
      asvs: '15.2.1',
    },
  ]
}
