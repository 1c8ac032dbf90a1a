/** What a client sends. */
export interface NewOrder {
  readonly customer: string
  readonly item: string
  readonly quantity: number
  /** Price of one, in cents. */
  readonly price: number
}

/** What the book keeps. */
export interface Order extends NewOrder {
  readonly id: string
  /** Subject of whoever created it. */
  readonly createdBy: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** An error with the status that Express and Koa answer it with. */
export class OrderError extends Error {
  readonly status: number
  /** Whether the client may read the message. */
  readonly expose: boolean = true
  constructor(status: number, message: string) {
    super(message)
    this.name = 'OrderError'
    this.status = status
  }
}

const fields: {
  readonly [Name in keyof NewOrder]: { readonly is: string; readonly test: (value: unknown) => boolean }
} = {
  customer: { is: 'a text of 1 to 100 characters', test: isText },
  item: { is: 'a text of 1 to 100 characters', test: isText },
  quantity: { is: 'a whole number from 1 to 1000', test: (value) => isWhole(value, 1, 1000) },
  price: { is: 'a whole number of cents from 0 to 100000000', test: (value) => isWhole(value, 0, 100_000_000) },
}

/**
 * Reads an order from a request's parsed body. Unknown members are refused: a client that sends `createdBy` is told so, not
 * obeyed and not ignored.
 * @throws OrderError 400 for what is no object or an empty one, 422 for an object that is no order
 */
export function readOrder(body: unknown): NewOrder {
  // Where nothing was read (no body, another content type), Express's parser leaves nothing and Koa's an empty object.
  if (typeof body !== 'object' || body === null || Array.isArray(body) || Object.keys(body).length === 0) {
    throw new OrderError(400, 'Send the order as a JSON object, with content-type application/json')
  }
  const given = body as Record<string, unknown>
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(fields, name))
  if (unknown.length > 0) throw new OrderError(422, `An order has only ${Object.keys(fields).join(', ')}`)
  for (const [name, { is, test }] of Object.entries(fields)) {
    if (!Object.hasOwn(given, name) || !test(given[name])) throw new OrderError(422, `${name} must be ${is}`)
  }
  return given as unknown as NewOrder
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 100
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}
