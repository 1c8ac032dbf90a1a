import { cpuMicros, serve } from './ipc-child.mjs'

// A contender of the in-process suites. Its module's `prepare(material)` gives
//   { operations: { [name]: { before?(count), run(count) } }, calls?: { [name](…) } }  or  { unavailable: 'why' }.
const { prepare } = await import(process.argv[2])
let contender

serve({
  async prepare(material) {
    contender = await prepare(material)
    return contender.unavailable
  },
  async window(name, count) {
    const { before, run } = contender.operations[name]
    await before?.(count)
    const start = process.hrtime.bigint()
    const cpu = cpuMicros()
    // A synchronous contender is not made to pay for a promise.
    const pending = run(count)
    if (pending instanceof Promise) await pending
    return { count, cpuMicros: cpuMicros() - cpu, wallMicros: Number(process.hrtime.bigint() - start) / 1000 }
  },
  call: (name, ...args) => contender.calls[name](...args),
  usage: () => cpuMicros(),
  memory() {
    for (let i = 0; i < 3; i++) globalThis.gc()
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  },
})
