import { koaServer } from '../lib/koa-app.mjs'

export function prepare() {
  return koaServer()
}
