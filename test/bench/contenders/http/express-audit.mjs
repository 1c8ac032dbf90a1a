import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLogger } from '@sallyport/audit-logger'
import { createEnvironment, identify } from '@sallyport/core'
import { expressServer } from '../lib/express-app.mjs'

/** Every request is recorded, with who and from where, and none waits for that. */
export async function prepare({ withIdentify, withAudit }) {
  const env = createEnvironment()
  const guards = withIdentify ? [identify(() => ({ subject: 'ada', roles: ['clerk'] }), { env, required: true })] : []
  if (withAudit) {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-audit-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const audit = auditLogger({ directory: folder, origin: 'bench.example/audit', env, deadline: 600_000 })
    await audit.record({ type: 'data.read' })
    guards.push(audit.action('data.read', { resource: () => ({ type: 'order', id: '17' }) }))
  }
  return expressServer(guards)
}
