import { http } from './http.ts'
import { imports } from './import.ts'
import { permission } from './permission.ts'
import type { Suite } from './suite.ts'
import { token } from './token.ts'

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [http, token, permission, imports]
