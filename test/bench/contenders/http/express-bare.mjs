import { expressServer } from '../lib/express-app.mjs'

export function prepare() {
  return expressServer()
}
