import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, describe, expect, it } from 'vitest'
import type { Manifest } from '../architecture/manifest.ts'
import { packAll } from './pack.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-packed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const packed = packAll(folder)

describe.each(packed.map((one) => [one.name, one.tarball] as const))('%s', (name, tarball) => {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^package\//, ''))

  it('holds its licence, its documents, and what its exports name', () => {
    const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })
    const manifest = JSON.parse(text) as Manifest
    const named = Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target as Record<string, string>),
    )
    const needed = ['LICENSE', 'README.md', 'CHANGELOG.md', ...named.map((path) => path.replace('./', ''))]
    expect(needed.filter((path) => !files.includes(path))).toEqual([])
    // What is only true inside the workspace would break every install.
    expect(text).not.toMatch(/workspace:|link:|file:|catalog:/)
  })

  it('holds nothing else: each built file has its source, and there are no tests or leftovers', () => {
    const built = files.filter((path) => path.startsWith('dist/'))
    const orphans = built.filter((path) => !files.includes(sourceOf(path)))
    expect(built.length).toBeGreaterThan(0)
    expect(orphans).toEqual([])
    const known = /^(dist|src|schema)\/|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
    expect(files.filter((path) => !known.test(path) || path.includes('.test.'))).toEqual([])
  })

  it('has nothing that publint objects to', async () => {
    const data = readFileSync(tarball)
    const { messages, pkg } = await publint({ pack: { tarball: toArrayBuffer(data) }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('has types that are right wherever it can be imported', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
    if (!result.types) throw new Error(`${name} has no types`)
    expect(result.problems.filter((problem) => !isAccepted(problem))).toEqual([])
  })
})

/**
 * The package is ESM only, so two findings are meant:
 * - CommonJS resolves to an ES module. Node 20.19 and later load it by `require()`; test/packaging/consumers.test.ts does.
 * - TypeScript's `node10` resolution knows no `exports`, so it finds no subpath. TypeScript 6 and later do not have it any more.
 */
function isAccepted(problem: Problem): boolean {
  if (problem.kind === 'CJSResolvesToESM') return true
  return problem.kind === 'NoResolution' && problem.resolutionKind === 'node10'
}

function sourceOf(built: string): string {
  return built.replace('dist/', 'src/').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
}

function toArrayBuffer(data: Buffer): ArrayBuffer {
  return new Uint8Array(data).buffer
}
