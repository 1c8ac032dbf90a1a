import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Desk } from './desk.ts'
import type { Order, ThreadData } from './messages.ts'
import { nodeSqlite } from './node-sqlite.ts'

// The program of the writing thread. It knows neither time nor options: what it needs comes with each order. It has no event loop, because
// it has nothing else to do than to wait: being woken so takes a fraction of what an event takes.

const port = parentPort!
const { path, bell } = workerData as ThreadData
const desk = new Desk(nodeSqlite()!, path)

for (let open = true; open;) {
  const rung = Atomics.load(bell, 0)
  for (let mail = next(); open && mail !== undefined; mail = next()) {
    if (mail.message === 'close') open = false
    else port.postMessage(desk.serve(mail.message))
  }
  // Not when it has rung since.
  if (open) Atomics.wait(bell, 0, rung)
}
desk.close()

function next(): { readonly message: Order } | undefined {
  return receiveMessageOnPort(port) as { message: Order } | undefined
}
