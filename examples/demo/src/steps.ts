import type { Caller } from './callers.ts'

/** One request and the status it must be answered with. */
export interface Step {
  readonly who: Caller
  /** Method and path; `:id` is the order that the walk created. */
  readonly asks: string
  readonly json?: unknown
  readonly expected: number
}

/** Steps that show one thing. */
export interface Stage {
  readonly title: string
  readonly note: string
  /** Whether the app's key server is gone. */
  readonly keysDown?: boolean
  readonly steps: readonly Step[]
}

const anvil = { customer: 'Acme', item: 'Anvil', quantity: 2, price: 4999 }

/** The walk: what to ask, in this order. */
export const stages: readonly Stage[] = [
  {
    title: 'Who are you?',
    note: 'jwtAuth() answers 401, with a WWW-Authenticate challenge',
    steps: [
      { who: 'nobody', asks: 'GET /orders', expected: 401 },
      { who: 'forged token', asks: 'GET /orders', expected: 401 },
      { who: 'expired token', asks: 'GET /orders', expected: 401 },
      { who: 'alg:none token', asks: 'GET /orders', expected: 401 },
      { who: 'token signed as HS256', asks: 'GET /orders', expected: 401 },
      { who: 'token of another API', asks: 'GET /orders', expected: 401 },
      { who: 'viewer', asks: 'GET /orders', expected: 200 },
    ],
  },
  {
    title: 'What may you do?',
    note: 'rbac() answers 403; what is permitted reaches the app',
    steps: [
      { who: 'viewer', asks: 'POST /orders', json: anvil, expected: 403 },
      { who: 'clerk', asks: 'POST /orders', json: anvil, expected: 201 },
      { who: 'clerk', asks: 'POST /orders', json: { ...anvil, quantity: 0 }, expected: 422 },
      { who: 'viewer', asks: 'GET /orders/:id', expected: 200 },
      { who: 'clerk', asks: 'PUT /orders/:id', json: { ...anvil, quantity: 3 }, expected: 200 },
      { who: 'clerk', asks: 'GET /report', expected: 403 },
      { who: 'admin', asks: 'GET /report', expected: 200 },
      { who: 'clerk', asks: 'DELETE /orders/:id', expected: 403 },
      { who: 'admin', asks: 'DELETE /orders/:id', expected: 204 },
      { who: 'viewer', asks: 'GET /orders/:id', expected: 404 },
    ],
  },
  {
    title: 'What if somebody logs out?',
    note: 'revoke() takes the token out of use, also after a restart',
    steps: [
      { who: 'clerk', asks: 'POST /logout', expected: 204 },
      { who: 'clerk', asks: 'GET /orders', expected: 401 },
      { who: 'viewer', asks: 'GET /orders', expected: 200 },
    ],
  },
  {
    title: 'What if the key server is down?',
    note: 'a good token is not called bad: 503, and when to try again',
    keysDown: true,
    steps: [{ who: 'viewer', asks: 'GET /orders', expected: 503 }],
  },
]
