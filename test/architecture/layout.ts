import { DOORS } from './layers.ts'

/** What stands at the top of the repository; a new entry needs a reason that ARCHITECTURE gives. */
const TOP = new Set([
  ...['packages', 'examples', 'test'],
  ...['package.json', 'pnpm-workspace.yaml', 'tsconfig.json', 'README.md'],
  ...['LICENSE', 'SECURITY.md', 'CONTRIBUTING.md'],
  ...['.changeset', '.ci', '.github'],
  ...['pnpm-lock.yaml', 'tsconfig.base.json', 'tsconfig.test.json', 'vitest.config.ts', 'knip.json'],
  ...['.editorconfig', '.gitignore', '.oxfmtrc.json', '.oxlintrc.json', 'compose.yaml'],
])

const NEEDED = ['packages', 'examples', 'test', 'README.md', 'LICENSE', 'SECURITY.md', 'CONTRIBUTING.md', '.ci']

/** The top level is what the plan allows, and has what the public expects. */
export function topLevelViolations(files: readonly string[]): string[] {
  const entries = new Set(files.map((path) => path.split('/')[0]!))
  return [
    ...[...entries].filter((entry) => !TOP.has(entry)).map((entry) => `${entry} does not belong at the top`),
    ...NEEDED.filter((entry) => !entries.has(entry)).map((entry) => `${entry} is missing`),
  ]
}

const OF_EVERY_PACKAGE = ['package.json', 'README.md', 'CHANGELOG.md', 'tsconfig.json', 'src/index.ts']
const NOT_FEATURES = new Set(['core', 'sallyport', ...DOORS])

/** A package's inside: where a reader looks for something, there it is. */
export function packageViolations(folder: string, files: readonly string[]): string[] {
  const needed = [...OF_EVERY_PACKAGE]
  if (!NOT_FEATURES.has(folder)) needed.push(`src/${folder}.ts`, 'src/options.ts', 'src/errors.ts')
  const found = needed.filter((path) => !files.includes(path)).map((path) => `packages/${folder}/${path} is missing`)
  if (!files.some((path) => path.startsWith('test/') && path.endsWith('.test.ts'))) {
    found.push(`packages/${folder} has no tests`)
  }
  for (const path of files.filter((one) => /^(src|test)\//.test(one))) {
    if (!/^[a-z0-9.\-/]+$/.test(path)) found.push(`packages/${folder}/${path} is not in kebab case`)
  }
  return found
}

/** One pnpm everywhere: another version, or none, does not start on a fresh machine. */
export function pnpmViolations(texts: readonly { path: string; text: string }[], packageManager: string): string[] {
  return texts.flatMap(({ path, text }) =>
    [...text.matchAll(/npx (?:-y )?(pnpm\S*)/g)]
      .map(([, command]) => command!.replace(/[^\d]+$/, ''))
      .filter((command) => command !== packageManager)
      .map((command) => `${path} runs ${command}, not ${packageManager}`),
  )
}
