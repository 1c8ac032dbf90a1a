/** Answers the parent's calls by name; see child.ts for the other side. */
export function serve(calls) {
  process.on('message', (call) => void answer(call))
  process.on('disconnect', () => process.exit())
  process.send({ ready: process.version })

  async function answer({ id, name, args }) {
    try {
      process.send({ id, value: await calls[name](...args) })
    } catch (thrown) {
      process.send({ id, error: thrown?.stack ?? String(thrown) })
    }
  }
}

/** User and system time of the whole process so far, all its threads included, in microseconds. */
export function cpuMicros() {
  const { user, system } = process.cpuUsage()
  return user + system
}
