import { debugOf } from '@sallyport/core'

const debug = debugOf('mfa-gate')

/** What the library finds, or nothing where it refuses: it throws plain errors, whose texts repeat what was sent. */
export async function attempted<Found>(verify: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await verify()
  } catch (thrown) {
    if (debug.enabled) debug(`a passkey was refused: ${(thrown as Error).name}`)
    return undefined
  }
}
