import { readFile, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { startEmbeddedIssuer } from '@sallyport/example-orders'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startChild } from './child.ts'
import { crashOnRename } from './crash-on-rename.ts'
import { tempFolder } from './temp-folder.ts'

const anvil = JSON.stringify({ customer: 'Acme', item: 'Anvil', quantity: 2, price: 4999 })
const LISTENS = /listens on (http:\S+);/

/** The behaviour that both examples' `main` have as processes. */
export function describeMain(name: string, program: URL): void {
  let DATA_FILE: string
  beforeEach(async () => {
    DATA_FILE = join(await tempFolder(), 'orders.json')
  })

  function create(url: string, token: string): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return fetch(`${url}/orders`, { method: 'POST', headers, body: anvil })
  }

  describe(`main of ${name}`, () => {
    it.each(['SIGINT', 'SIGTERM'] as const)(
      'starts on embedded defaults, gives tokens to try, ends on %s',
      async (signal) => {
        const child = startChild(program, { env: { DATA_FILE, PORT: '0' } })
        const url = await child.says(LISTENS)
        expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
        const response = await create(url, await child.says(/CLERK=(\S+)\s/))
        expect(response.status).toBe(201)
        await response.body?.cancel()

        child.kill(signal)
        expect(await child.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
        expect(JSON.parse(await readFile(DATA_FILE, 'utf8'))).toMatchObject({ orders: [{ customer: 'Acme' }] })
      },
    )

    it('takes the tokens of the issuer that the environment names, and gives none', async () => {
      const embedded = await startEmbeddedIssuer()
      onTestFinished(() => embedded.close())
      const { issuer, audience, jwksUri } = embedded
      const env = { ISSUER: issuer, AUDIENCE: audience, JWKS_URI: jwksUri, DATA_FILE, PORT: '0' }
      const child = startChild(program, { env })
      const url = await child.says(LISTENS)
      const response = await create(url, await embedded.token({ subject: 'carl', roles: ['clerk'] }))
      expect(response.status).toBe(201)
      await response.body?.cancel()

      child.kill('SIGTERM')
      const { code, stdout } = await child.ended
      expect(code).toBe(0)
      expect(stdout).not.toContain('eyJ')
    })

    it('goes on to refuse who was logged out after a restart, or says that it cannot', async () => {
      const embedded = await startEmbeddedIssuer()
      onTestFinished(() => embedded.close())
      const { issuer, audience, jwksUri } = embedded
      const env = { ISSUER: issuer, AUDIENCE: audience, JWKS_URI: jwksUri, DATA_FILE, PORT: '0' }
      const headers = { authorization: `Bearer ${await embedded.token({ subject: 'vera', roles: ['viewer'] })}` }
      const statusOf = async (path: string, method = 'GET'): Promise<number> => {
        const response = await fetch(path, { method, headers })
        await response.body?.cancel()
        return response.status
      }
      const first = startChild(program, { env })
      const url = await first.says(LISTENS)
      expect(await statusOf(`${url}/orders`)).toBe(200)
      expect(await statusOf(`${url}/logout`, 'POST')).toBe(204)
      // Not asked to end: as by a crash.
      first.kill('SIGKILL')
      await first.ended

      const second = startChild(program, { env })
      const again = await second.says(LISTENS)
      const remembers = isBuiltin('node:sqlite')
      expect(await statusOf(`${again}/orders`)).toBe(remembers ? 401 : 200)
      await second.says(
        remembers ? /logouts in \S+sallyport\.db/ : /logouts in memory only: node:sqlite takes Node 22\.13/,
      )
    })

    it('does not start on a state that it cannot read', async () => {
      const STATE_FILE = join(await tempFolder(), 'state')
      await writeFile(STATE_FILE, 'no database '.repeat(100))
      const child = startChild(program, { env: { DATA_FILE, STATE_FILE, PORT: '0' } })
      if (!isBuiltin('node:sqlite')) {
        await child.says(LISTENS)
        return
      }
      expect(await child.ended).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('damaged') as string,
      })
    })

    it('has the orders that it acknowledged after it died in the middle of a write', async () => {
      const first = startChild(program, { env: { DATA_FILE, PORT: '0' } })
      const response = await create(await first.says(LISTENS), await first.says(/CLERK=(\S+)\s/))
      const order = (await response.json()) as { id: string }
      first.kill('SIGTERM')
      await first.ended

      const dying = startChild(program, { env: { DATA_FILE, PORT: '0' }, preload: crashOnRename })
      await expect(create(await dying.says(LISTENS), await dying.says(/CLERK=(\S+)\s/))).rejects.toThrow('fetch failed')
      expect(await dying.ended).toMatchObject({ signal: 'SIGKILL' })

      const again = startChild(program, { env: { DATA_FILE, PORT: '0' } })
      const url = await again.says(LISTENS)
      const headers = { authorization: `Bearer ${await again.says(/VIEWER=(\S+)\s/)}` }
      const list = await fetch(`${url}/orders`, { headers })
      expect(await list.json()).toEqual({ orders: [order] })
    })

    it('does not start on half an issuer, and says why', async () => {
      const child = startChild(program, { env: { ISSUER: 'https://login.example.com', DATA_FILE, PORT: '0' } })
      expect(await child.ended).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('JWKS_URI') as string,
      })
    })
  })
}
