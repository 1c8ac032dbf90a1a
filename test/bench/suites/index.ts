import { audit } from './audit.ts'
import { http } from './http.ts'
import { imports } from './import.ts'
import { mfa } from './mfa.ts'
import { permission } from './permission.ts'
import { policy } from './policy.ts'
import { revocation } from './revocation.ts'
import { sessions } from './sessions.ts'
import { store } from './store.ts'
import type { Suite } from './suite.ts'
import { token } from './token.ts'
import { tracked } from './tracked.ts'
import { tracking } from './tracking.ts'

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [
  http,
  tracking,
  token,
  permission,
  policy,
  mfa,
  store,
  sessions,
  tracked,
  revocation,
  audit,
  imports,
]
