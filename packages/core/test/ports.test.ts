import { testPrincipal } from '@sallyport/core/testing'
import { expect, expectTypeOf, it } from 'vitest'
import { environment } from './support.ts'

it('hands out the one capability of a name', () => {
  const { ports } = environment()
  expect(ports.has('can')).toBe(false)
  ports.offer('can', (principal, permission) => principal.roles.includes('clerk') && permission === 'orders:read')
  expect(ports.has('can')).toBe(true)
  const can = ports.ask('can')
  expectTypeOf(can).returns.toBeBoolean()
  expect(can(testPrincipal({ roles: ['clerk'] }), 'orders:read')).toBe(true)
})

it('refuses who asks for what nobody offers, and names it', () => {
  const { ports } = environment()
  expect(() => ports.ask('requireStepUp')).toThrow(
    expect.objectContaining({ code: 'ERR_PORT_ABSENT', status: 500, expose: false }),
  )
  expect(() => ports.ask('requireStepUp')).toThrow(/offers `requireStepUp`/)
})

it('refuses who asks for what two offer: to pick one of two policies would be a guess', () => {
  const { ports } = environment()
  ports.offer('can', () => true)
  ports.offer('can', () => false)
  expect(ports.has('can')).toBe(false)
  expect(() => ports.ask('can')).toThrow(expect.objectContaining({ code: 'ERR_PORT_AMBIGUOUS' }))
})

it('keeps the ports of two environments apart', () => {
  const [a, b] = [environment(), environment()]
  a.ports.offer('can', () => true)
  expect(b.ports.has('can')).toBe(false)
})
