import { createEnvironment, identify, publicRoute } from '@sallyport/core'
import { rbac } from '@sallyport/rbac'

export const env = createEnvironment()
export const access = rbac({ env, roles: { clerk: ['orders:*'] } })
export const login = identify(() => undefined, { env })
export const open = (why) => publicRoute(why, { env })
