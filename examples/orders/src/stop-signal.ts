/** Waits for SIGINT (Ctrl-C) or SIGTERM. The same signal a second time ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}
