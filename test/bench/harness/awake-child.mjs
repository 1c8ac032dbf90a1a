import { constants, setPriority } from 'node:os'

// Keeps a core from falling asleep, and gives way to whoever else wants it. Ends with whoever started it, and after half an hour in any case.
setPriority(constants.priority.PRIORITY_LOW)
const until = Date.now() + 30 * 60_000
const parent = process.ppid
while (process.ppid === parent && Date.now() < until) {
  for (let i = 0; i < 1e6; i++);
}
