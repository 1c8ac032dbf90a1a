import { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'

const app = express()
const socket = {
  remoteAddress: '127.0.0.1',
  encrypted: false,
  destroyed: false,
  on() {},
  once() {},
  removeListener() {},
}

// Node's own constructors with Express's own prototypes, as a request has them inside an Express app: middlewares find
// `req.get()`, `req.is()` and all the rest, and the bench need not change a prototype for each request.
function Request() {}
Request.prototype = app.request

function Response() {}
Response.prototype = Object.create(app.response, {
  // Nothing is sent; whoever refuses by answering is noticed all the same.
  end: {
    value() {
      this.onRefused?.()
      return this
    },
    writable: true,
  },
})

/** A GET /orders with this bearer token, as the HTTP parser hands it over. */
export function requestWith(token) {
  const req = Reflect.construct(IncomingMessage, [socket], Request)
  req.method = 'GET'
  req.url = '/orders'
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  const lines = ['Host', 'localhost', 'Accept', 'application/json', 'Authorization', `Bearer ${token}`]
  // What the HTTP parser itself calls; `headers` is made of it at the first look.
  req._addHeaderLines(lines, lines.length)
  return req
}

export function responseTo(req) {
  return Reflect.construct(ServerResponse, [req], Response)
}
