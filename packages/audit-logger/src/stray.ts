import { originOf } from '@sallyport/core'

/** Makes a reporter for exceptions that must stop no recording: each place is named once, as a process warning, without the text. */
export function strayReporter(what: string): (thrown: unknown) => void {
  const reported = new Set<string>()
  return (thrown) => {
    const { name, at = '' } = originOf(thrown)
    const place = `${name} ${at}`
    if (reported.has(place) || reported.size > 100) return
    reported.add(place)
    process.emitWarning(`${what} threw ${place}`, 'SallyportWarning')
  }
}
