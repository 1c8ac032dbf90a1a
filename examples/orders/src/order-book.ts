import { randomUUID } from 'node:crypto'
import { readJson, writeJson } from './json-file.ts'
import { OrderError, type NewOrder, type Order } from './order.ts'

/** What an admin wants to know. */
export interface OrderReport {
  readonly orders: number
  readonly units: number
  /** In cents. */
  readonly value: number
  readonly byCustomer: Readonly<Record<string, { readonly orders: number; readonly value: number }>>
}

/** The orders of one file. A change is told as done once the disk has it. */
export interface OrderBook {
  list(): readonly Order[]
  /** @throws OrderError 404 */
  get(id: string): Order
  create(order: NewOrder, createdBy: string): Promise<Order>
  /** @throws OrderError 404 */
  update(id: string, order: NewOrder): Promise<Order>
  /** @throws OrderError 404 */
  remove(id: string): Promise<void>
  report(): OrderReport
}

/**
 * Opens the order book in `file`, which is made at the first change. One process at a time: the book is kept in memory, and a
 * second process would write over the first one's orders.
 * @throws Error when there is a file that holds no order book
 */
export async function openOrderBook(file: string): Promise<OrderBook> {
  let orders = await load(file)
  let last: Promise<unknown> = Promise.resolve()

  return {
    list: () => [...orders.values()],
    get: (id) => orders.get(id) ?? missing(),
    create: (order, createdBy) =>
      change((draft) => {
        const now = new Date().toISOString()
        const created: Order = { id: randomUUID(), ...order, createdBy, createdAt: now, updatedAt: now }
        draft.set(created.id, created)
        return created
      }),
    update: (id, order) =>
      change((draft) => {
        const present = draft.get(id) ?? missing()
        const updated: Order = { ...present, ...order, updatedAt: new Date().toISOString() }
        draft.set(id, updated)
        return updated
      }),
    remove: (id) => change((draft) => void (draft.delete(id) || missing())),
    report: () => reportOf([...orders.values()]),
  }

  /** One change after the other, each on what the one before left; readers see it when the disk has it. */
  function change<Result>(edit: (draft: Map<string, Order>) => Result): Promise<Result> {
    const done = last.then(async () => {
      const draft = new Map(orders)
      const result = edit(draft)
      await writeJson(file, { version: 1, orders: [...draft.values()] })
      orders = draft
      return result
    })
    // A change that failed is its caller's to hear of; the next one goes on from what is there.
    last = done.catch(() => undefined)
    return done
  }
}

async function load(file: string): Promise<Map<string, Order>> {
  const content = (await readJson(file)) as { readonly version?: unknown; readonly orders?: unknown } | undefined
  if (content === undefined) return new Map()
  if (content?.version !== 1 || !Array.isArray(content.orders)) throw new Error(`${file} holds no order book`)
  return new Map((content.orders as Order[]).map((order) => [order.id, order]))
}

function missing(): never {
  throw new OrderError(404, 'There is no such order')
}

function reportOf(orders: readonly Order[]): OrderReport {
  const byCustomer = new Map<string, { orders: number; value: number }>()
  for (const { customer, quantity, price } of orders) {
    const row = byCustomer.get(customer) ?? { orders: 0, value: 0 }
    byCustomer.set(customer, { orders: row.orders + 1, value: row.value + quantity * price })
  }
  return {
    orders: orders.length,
    units: orders.reduce((sum, { quantity }) => sum + quantity, 0),
    value: orders.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
    byCustomer: Object.fromEntries(byCustomer),
  }
}
