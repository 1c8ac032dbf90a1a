/** What every contender writes. */
export function eventOf(i) {
  return { outcome: 'success', resource: { type: 'order', id: String(i) }, detail: { amount: i, currency: 'EUR' } }
}
