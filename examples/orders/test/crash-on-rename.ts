/**
 * For `node --import`: the process is killed where it would rename, as by a power cut between the draft and its rename. Nothing
 * gets to run after that, neither `finally` nor exit handlers.
 */
export const crashOnRename: string =
  'data:text/javascript,' +
  encodeURIComponent(`
    import fs from 'node:fs/promises'
    import { syncBuiltinESMExports } from 'node:module'
    fs.rename = () => process.kill(process.pid, 'SIGKILL')
    syncBuiltinESMExports()
  `)
