import { build as bundle } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../../test/architecture/repository.ts'

/** Ways in which apps compile decorators. */
export const compilers = [
  'tsc, standard',
  'tsc, standard with Symbol.metadata',
  'tsc, legacy',
  'esbuild, standard',
] as const
export type Compiler = (typeof compilers)[number]

/** Here the compiled modules find the packages as an app does. */
const ours = join(root, 'packages/decorators/test/.built')

const options = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  skipLibCheck: true,
  types: [],
  lib: ['es2023', 'esnext.decorators'],
}

let count = 0

/** Compiles a module with one of the compilers, types checked where the compiler does that, and loads it. */
export async function compiled(
  source: string,
  compiler: Compiler,
  folder: string = ours,
): Promise<Record<string, never>> {
  const name = `module-${process.pid}-${count++}`
  const own = join(folder, name)
  mkdirSync(own, { recursive: true })
  const file = join(own, `${name}.ts`)
  const polyfill = compiler.includes('metadata')
    ? `(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata')\n`
    : ''
  writeFileSync(join(own, 'polyfill.ts'), `${polyfill}export {}\n`)
  writeFileSync(file, `import './polyfill.js'\n${source}`)
  if (compiler.startsWith('esbuild')) {
    await bundle({ entryPoints: [file, join(own, 'polyfill.ts')], outdir: own, target: 'node20', format: 'esm' })
  } else {
    const legacy = compiler.includes('legacy') ? { experimentalDecorators: true, emitDecoratorMetadata: true } : {}
    writeFileSync(
      join(own, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, ...legacy }, files: [`${name}.ts`, 'polyfill.ts'] }),
    )
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', own, '--pretty', 'false'], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stdout)
  }
  return (await import(pathToFileURL(join(own, `${name}.js`)).href)) as Record<string, never>
}
