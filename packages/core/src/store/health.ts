import type { Clock } from '../clock.ts'
import { strayReporter } from '../isolate.ts'

/** Reports that something stopped working, or works again. */
export type HealthListener = (healthy: boolean, detail: string) => void

/** What is known of a dependency's health. */
export interface Health {
  failed(detail: string): void
  succeeded(detail: string): void
}

/**
 * Turns outcomes of single calls into changes. One failure makes a dependency unhealthy; a success makes it healthy
 * again once nothing has failed for `quiet` milliseconds, because one that fails every other call would otherwise be news
 * at every request.
 */
export function createHealth(clock: Clock, quiet: number, onHealth: HealthListener): Health {
  const report = strayReporter('A listener to a health change')
  let healthy = true
  let lastFailure = 0

  return {
    failed(detail) {
      lastFailure = clock.now()
      change(false, detail)
    },
    succeeded(detail) {
      if (healthy) return
      const since = clock.now() - lastFailure
      // Negative: the machine's clock was set back, and says nothing about how long it was quiet.
      if (since >= quiet || since < 0) change(true, detail)
    },
  }

  function change(now: boolean, detail: string): void {
    if (now === healthy) return
    healthy = now
    try {
      onHealth(now, detail)
    } catch (thrown) {
      report(thrown)
    }
  }
}
