import { originOf } from './errors.ts'

/**
 * Makes a reporter for exceptions that must reach neither the request nor the process: each place is named once, as a process
 * warning, without the exception's text.
 */
export function strayReporter(what: string): (thrown: unknown) => void {
  const reported = new Set<string>()
  return (thrown) => {
    const { name, at } = originOf(thrown)
    const place = `${name} ${at ?? ''}`
    if (reported.has(place) || reported.size > 100) return
    reported.add(place)
    process.emitWarning(`${what} threw ${place}`, 'SallyportWarning')
  }
}
