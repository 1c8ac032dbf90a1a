import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SecurityError } from '@sallyport/core'
import { auditErrors, type AuditErrorCode } from '../errors.ts'
import { Keeper } from './keeper.ts'
import type { LogSettings, Order, Reply } from './messages.ts'

// The program of the writing thread. It has no event loop, because it has nothing else to do than to wait.

const port = parentPort!
const { settings, bell } = workerData as { settings: LogSettings; bell: Int32Array }
const keeper = new Keeper(settings)

for (let open = true; open;) {
  const rung = Atomics.load(bell, 0)
  for (let mail = next(); open && mail !== undefined; mail = next()) {
    port.postMessage(answer(mail.message))
    open = mail.message.do !== 'close'
  }
  // Not when it has rung since.
  if (open) Atomics.wait(bell, 0, rung)
}

function next(): { readonly message: Order } | undefined {
  return receiveMessageOnPort(port) as { message: Order } | undefined
}

function answer(order: Order): Reply {
  try {
    return { result: keeper.serve(order) }
  } catch (thrown) {
    if (SecurityError.is(thrown) && Object.hasOwn(auditErrors, thrown.code)) {
      return { code: thrown.code as AuditErrorCode, message: thrown.message }
    }
    // What the file system says names paths and codes, no contents.
    const { code: system, syscall } = thrown as NodeJS.ErrnoException
    const what = system === undefined ? 'an unexpected error' : `${system} at ${syscall ?? 'a call'}`
    return {
      code: 'ERR_AUDIT_UNAVAILABLE',
      message: `The audit log ${settings.directory} cannot be written: ${what}`,
      ...(system !== undefined && { system }),
    }
  }
}
