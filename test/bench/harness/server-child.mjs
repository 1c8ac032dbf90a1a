import { once } from 'node:events'
import { cpuMicros, serve } from './ipc-child.mjs'

// A contender of the HTTP suites: its module's `prepare(material)` gives a node:http server that is not listening yet.
const { prepare } = await import(process.argv[2])

serve({
  async listen(material) {
    const server = await prepare(material)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${server.address().port}`
  },
  usage: () => cpuMicros(),
  rss: () => process.memoryUsage.rss(),
})
