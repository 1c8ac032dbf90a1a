import { OrderError, readOrder } from '@sallyport/example-orders'
import { describe, expect, it } from 'vitest'

const anvil = { customer: 'Acme', item: 'Anvil', quantity: 2, price: 4999 }

describe('readOrder', () => {
  it('reads an order', () => {
    expect(readOrder({ ...anvil })).toEqual(anvil)
    expect(readOrder({ ...anvil, price: 0 })).toEqual({ ...anvil, price: 0 })
  })

  it.each([[undefined], [null], ['text'], [7], [[]], [[anvil]], [{}]])(
    'refuses %j with 400: nothing that could be an order',
    (body) => {
      expect(refusal(body)).toMatchObject({ status: 400, expose: true })
    },
  )

  it.each([
    ['an order without customer', { ...anvil, customer: undefined }, 'customer'],
    ['a blank customer', { ...anvil, customer: ' ' }, 'customer'],
    ['a customer that is no text', { ...anvil, customer: ['Acme'] }, 'customer'],
    ['an item of 101 characters', { ...anvil, item: 'x'.repeat(101) }, 'item'],
    ['no quantity', { ...anvil, quantity: undefined }, 'quantity'],
    ['a quantity of 0', { ...anvil, quantity: 0 }, 'quantity'],
    ['a quantity in text', { ...anvil, quantity: '2' }, 'quantity'],
    ['a broken quantity', { ...anvil, quantity: 1.5 }, 'quantity'],
    ['a price below 0', { ...anvil, price: -1 }, 'price'],
    ['a price beyond exact numbers', { ...anvil, price: 2 ** 53 }, 'price'],
  ])('refuses %s with 422, and names the member', (_what, body, member) => {
    const error = refusal(body)
    expect(error.status).toBe(422)
    expect(error.message).toContain(`${member} must be`)
  })

  it.each([
    ['who created it', '{"createdBy":"ada"}'],
    ['an id', '{"id":"1"}'],
    ['a prototype', '{"__proto__":{"quantity":1}}'],
  ])('refuses an order that says %s', (_what, json) => {
    expect(refusal({ ...anvil, ...(JSON.parse(json) as object) }).status).toBe(422)
    expect(refusal(JSON.parse(json)).status).toBe(422)
  })
})

function refusal(body: unknown): OrderError {
  try {
    readOrder(body)
  } catch (thrown) {
    if (thrown instanceof OrderError) return thrown
    throw thrown
  }
  throw new Error('was not refused')
}
