import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../architecture/repository.ts'

/** How a program ended. */
export interface Ran {
  readonly code: number
  /** Both streams, as they came. */
  readonly output: string
}

/** An app of somebody else's, in a folder of its own outside the repository. */
export interface Consumer {
  readonly folder: string
  write(file: string, text: string): void
  /** Runs a program on the Node of this test run. */
  node(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** Type-checks the folder's `tsconfig.json`. */
  tsc(): Promise<Ran>
}

/** Makes a consumer and installs what it depends on, by npm, from the tarballs and the registry. */
export async function createConsumer(
  folder: string,
  manifest: Readonly<Record<string, unknown>>,
  dependencies: readonly string[],
): Promise<Consumer> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, ...manifest }))
  // Nothing of ours needs a script at install time, so the consumer lets none run.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const installed = await run('npm', ['install', ...flags, ...dependencies], folder)
  if (installed.code !== 0) throw new Error(`npm install failed:\n${installed.output}`)
  return {
    folder,
    write(file, text) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    },
    node: (args, env) => run(process.execPath, args, folder, env),
    tsc: () =>
      run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], folder),
  }
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  // What the runner of this suite set for itself would mislead the consumer's own tools.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST|NODE_OPTIONS|NODE_ENV|NODE_PATH)/.test(name),
  )
  const options = { cwd, env: { ...Object.fromEntries(own), ...env }, timeout: 120_000, maxBuffer: 2 ** 26 }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return { code: 0, output: stdout + stderr }
  } catch (thrown) {
    const {
      code,
      stdout = '',
      stderr = '',
      message,
    } = thrown as Error & { code?: unknown; stdout?: string; stderr?: string }
    return { code: typeof code === 'number' ? code : 1, output: stdout + stderr || message }
  }
}
