import { parentPort, workerData } from 'node:worker_threads'

// Rings as requests would: from a thread of its own, so that what it costs to keep time is not in the loop that is watched. What it was
// too late for itself it leaves out, instead of ringing for all of it at once.
const { rate } = workerData
const MOST = Math.ceil((rate * 5) / 1000)
const pause = new Int32Array(new SharedArrayBuffer(4))

for (let last = performance.now(), owed = 0; ;) {
  Atomics.wait(pause, 0, 0, 1)
  const now = performance.now()
  owed = Math.min(MOST, owed + ((now - last) * rate) / 1000)
  last = now
  const due = Math.floor(owed)
  owed -= due
  parentPort.postMessage(due, [])
}
