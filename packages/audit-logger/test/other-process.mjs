// Writes to an audit log until it is killed, and says what was acknowledged. Its parent stands before it.
import { writeSync } from 'node:fs'
import { createEnvironment } from '@sallyport/core'
import { auditLogger } from '@sallyport/audit-logger'

const { directory, more = {} } = JSON.parse(process.argv[2])
const env = createEnvironment()
const audit = auditLogger({
  directory,
  origin: 'shop.example.com/audit',
  env,
  checkpointInterval: 20,
  deadline: 60_000,
  ...more,
})
/** Whole, and before anything else happens; a reader that is behind is waited for. */
const say = (line) => {
  for (let rest = Buffer.from(`${line}\n`); rest.byteLength > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

process.on('message', async (message) => {
  if (message.record !== undefined) {
    const answer = await audit.record({ type: 'data.read', detail: { word: message.record } }).then(
      ({ index }) => ({ index }),
      ({ code, message }) => ({ code, message }),
    )
    process.send(answer)
  }
  if (message.close) {
    await env.close()
    process.disconnect()
  }
  if (message.stream !== undefined) {
    // Of several sizes, one and many at once.
    for (let i = 0; ; i++) {
      const word = `${message.stream}-${i}`
      const written = audit
        .record({ type: 'data.read', actor: { subject: `u${i % 7}` }, detail: { word, fill: 'x'.repeat(i % 300) } })
        .then(({ index }) => say(`${index} ${word}`))
      if (i % 40 < 5) await written
    }
  }
})
process.send('ready')
