import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/**
 * Milliseconds by which the event loop was late (99th percentile) in windows in which `act` is called at a rate, and in windows between
 * them in which it is not: what the machine itself does to a loop.
 */
export async function loopDelay(act, { rate, milliseconds, windows }) {
  const pacer = new Worker(new URL('pacer.mjs', import.meta.url), { workerData: { rate } })
  let acting = false
  let done = 0
  pacer.on('message', (due) => {
    if (!acting) return
    for (const end = done + due; done < end; done++) act(done)
  })
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  const late = async () => {
    // What was begun before is over.
    await sleep(milliseconds / 5)
    histogram.reset()
    histogram.enable()
    await sleep(milliseconds)
    histogram.disable()
    // The histogram counts from its own resolution.
    return Math.max(0, histogram.percentile(99) / 1e6 - 1)
  }
  const busy = []
  const idle = []
  let seconds = 0
  try {
    for (let i = 0; i < windows; i++) {
      acting = false
      idle.push(await late())
      const start = performance.now()
      acting = true
      busy.push(await late())
      seconds += (performance.now() - start) / 1000
    }
  } finally {
    acting = false
    await pacer.terminate()
  }
  return { busy, idle, rate: done / seconds }
}
