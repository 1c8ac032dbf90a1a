import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(scrypt) as (password: string, salt: Uint8Array, length: number) => Promise<Buffer>

/** Who may sign in. A real app keeps them in its database. */
export interface Users {
  /** Whether the password is that of the user. Takes as long for a user who is not there. */
  check(name: string, password: string): Promise<boolean>
}

export async function createUsers(passwords: Readonly<Record<string, string>>): Promise<Users> {
  const kept = new Map<string, { readonly salt: Buffer; readonly hash: Buffer }>()
  const keep = async (password: string) => {
    const salt = randomBytes(16)
    return { salt, hash: await derive(password, salt, 32) }
  }
  for (const [name, password] of Object.entries(passwords)) kept.set(name, await keep(password))
  const nobody = await keep(randomBytes(32).toString('hex'))
  return {
    async check(name, password) {
      const user = kept.get(name)
      const { salt, hash } = user ?? nobody
      const same = timingSafeEqual(await derive(password, salt, 32), hash)
      return user !== undefined && same
    },
  }
}
