import { rbac } from '@sallyport/rbac'
import { koaServer } from '../lib/koa-app.mjs'
import { roles } from '../lib/policy.mjs'
import { sallyport } from '../lib/sallyport.mjs'

export function prepare(material) {
  const { auth, env } = sallyport(material)
  return koaServer(auth, rbac({ roles, env }).require('orders:read'))
}
