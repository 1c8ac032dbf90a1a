import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** All that a built file loads, and what those load: its own files by path, others by name. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?['"]([^'"]+)['"]/g)) {
    if (specifier!.startsWith('.')) loadedBy(join(dirname(file), specifier!), seen)
    else seen.add(specifier!)
  }
  return seen
}

const dist = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url))

describe('a service that only takes tokens', () => {
  it('loads nothing that can sign', () => {
    const loaded = [...loadedBy(dist('index.js'))]
    expect(loaded).toContain('jose/jws/compact/verify')
    expect(loaded.filter((one) => /\/issuing\/|\/testing\/|^jose$|\/sign$|generate/.test(one))).toEqual([])
  })

  it('differs in that from one that issues', () => {
    expect([...loadedBy(dist('issuing/index.js'))]).toContain('jose/jwt/sign')
  })
})
