import { rbac } from '@sallyport/rbac'
import { expressServer } from '../lib/express-app.mjs'
import { roles } from '../lib/policy.mjs'
import { sallyport } from '../lib/sallyport.mjs'

/** `withRbac`: whether the route demands a permission too. */
export function prepare({ withRbac, ...material }) {
  const { auth, env } = sallyport(material)
  return expressServer([auth], withRbac ? [rbac({ roles, env }).require('orders:read')] : [])
}
