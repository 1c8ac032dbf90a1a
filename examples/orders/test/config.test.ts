import { readConfig } from '@sallyport/example-orders'
import { describe, expect, it, onTestFinished } from 'vitest'

const issuer = { ISSUER: 'https://login.example.com', AUDIENCE: 'orders', JWKS_URI: 'https://login.example.com/jwks' }

const folder = new URL('file:///srv/example/')

describe('readConfig', () => {
  it('takes the issuer of the environment', async () => {
    const config = await readConfig({ ...issuer, DATA_FILE: '/srv/orders.json', PORT: '8080' }, folder)
    expect(config).toEqual({
      issuer: issuer.ISSUER,
      audience: issuer.AUDIENCE,
      jwksUri: issuer.JWKS_URI,
      dataFile: '/srv/orders.json',
      stateFile: '/srv/sallyport.db',
      port: 8080,
    })
  })

  it('keeps the state where the environment says', async () => {
    const config = await readConfig({ ...issuer, STATE_FILE: '/srv/state/sallyport.db' }, folder)
    expect(config.stateFile).toBe('/srv/state/sallyport.db')
  })

  it('embeds an issuer when none is named', async () => {
    const config = await readConfig({}, folder)
    onTestFinished(() => config.embedded?.close())
    expect(config).toMatchObject({
      dataFile: '/srv/example/data/orders.json',
      stateFile: '/srv/example/data/sallyport.db',
      port: 3000,
      issuer: config.embedded?.issuer,
    })
    expect((await fetch(config.jwksUri)).status).toBe(200)
  })

  it.each([['ISSUER'], ['AUDIENCE'], ['JWKS_URI']])(
    'refuses an issuer without %s: it must not fall back',
    async (name) => {
      await expect(readConfig({ ...issuer, [name]: '' }, folder)).rejects.toThrow(name)
    },
  )

  it.each([['x'], ['-1'], ['65536'], ['80.5']])('refuses the port %s', async (PORT) => {
    await expect(readConfig({ ...issuer, PORT }, folder)).rejects.toThrow('PORT')
  })
})
