import { isBuiltin } from 'node:module'

/** Suites that a Node before 22.13 cannot run: it has no node:sqlite. That the package says so is tested there too. */
const withoutSqlite = ['packages/store-sqlite/test/!(old-node).test.ts', 'test/faults/sqlite.test.ts']

/**
 * Suites that read the sources, or start browsers, servers, commands and apps, and take minutes for it: whose Node it is makes little difference to
 * them. What remains is each package's own suite on every host, and what a user installs.
 */
const once = [
  ...['apps', 'architecture', 'bench', 'browser', 'docs', 'faults', 'fuzz', 'interop', 'servers', 'stack'].map(
    (name) => `test/${name}/**/*.test.ts`,
  ),
  'test/architecture.test.ts',
  'packages/store-*/test/**/*.test.ts',
  'packages/audit-logger/test/{command,compiled-decorators,export-in-browser,killed,large-export,postgres,reports,takeover.attacks}.test.ts',
  'packages/sallyport/test/*.test.ts',
  'examples/*/test/**/*.test.ts',
]

/** What does not run here: what cannot, and where `TEST_ONCE=elsewhere` says that another run has them, what needs to run once only. */
export const leftOut: readonly string[] = [
  ...(isBuiltin('node:sqlite') ? [] : withoutSqlite),
  ...(process.env['TEST_ONCE'] === 'elsewhere' ? once : []),
]

/** Says on which Node the suite runs: elsewhere than on glibc Linux none is bundled, and then it is the system's. */
export default function whichNode(): void {
  const { version, versions, execPath } = process
  const tested = /^(20|24)\./.test(versions.node)
  console.log(
    tested
      ? `Node ${version}`
      : `Node ${version} (${execPath}; releases are tested on 20.19 and 24, bundled for Linux)`,
  )
  if (!isBuiltin('node:sqlite'))
    console.log(`Left out, for node:sqlite takes Node 22.13 or later: ${withoutSqlite.join(', ')}`)
  if (process.env['TEST_ONCE'] === 'elsewhere') console.log(`Left out, for another run has them: ${once.join(', ')}`)
}
