import { isBuiltin } from 'node:module'

/** Suites that a Node before 22.13 cannot run: it has no node:sqlite. That the package says so is tested there too. */
export const leftOut: readonly string[] = isBuiltin('node:sqlite')
  ? []
  : ['packages/store-sqlite/test/!(old-node).test.ts', 'test/faults/sqlite.test.ts']

/** Says on which Node the suite runs: elsewhere than on glibc Linux none is bundled, and then it is the system's. */
export default function whichNode(): void {
  const { version, versions, execPath } = process
  const tested = /^(20|24)\./.test(versions.node)
  console.log(
    tested
      ? `Node ${version}`
      : `Node ${version} (${execPath}; releases are tested on 20.19 and 24, bundled for Linux)`,
  )
  if (leftOut.length > 0) console.log(`Left out, for node:sqlite takes Node 22.13 or later: ${leftOut.join(', ')}`)
}
