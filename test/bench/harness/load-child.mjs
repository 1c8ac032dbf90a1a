import autocannon from 'autocannon'
import { serve } from './ipc-child.mjs'

// The load generator: a process of its own, so that none of its work is counted as the server's.
serve({
  async load({ url, headers, connections, amount, duration }) {
    const latencies = []
    const start = performance.now()
    let end = start
    // autocannon looks only once per sample whether it is done.
    const run = autocannon({ url, headers, connections, sampleInt: 20, ...(amount ? { amount } : { duration }) })
    // Its own percentiles are whole milliseconds.
    run.on('response', (client, status, bytes, milliseconds) => {
      latencies.push(milliseconds)
      end = performance.now()
    })
    const { errors, timeouts, non2xx } = await run
    latencies.sort((a, b) => a - b)
    const percentile = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
    return {
      seconds: (end - start) / 1000,
      requests: latencies.length,
      failed: errors + timeouts + non2xx,
      p50: percentile(0.5),
      p97_5: percentile(0.975),
      p99: percentile(0.99),
    }
  },
})
