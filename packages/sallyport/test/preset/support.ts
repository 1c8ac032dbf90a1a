import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestIssuer, type TestIssuer } from '@sallyport/jwt-auth/testing'
import { onTestFinished } from 'vitest'

export async function issuer(): Promise<TestIssuer> {
  const made = await startTestIssuer({ audience: 'orders-api' })
  onTestFinished(() => made.close())
  return made
}

/** A folder that is gone when the test is over. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'sallyport-preset-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** A guard that ends with the test. */
export function ended<Guard extends { close(): Promise<void> }>(guard: Guard): Guard {
  onTestFinished(() => guard.close())
  return guard
}

/** A caller's header. */
export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })
