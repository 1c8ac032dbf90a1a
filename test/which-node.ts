/** Says on which Node the suite runs: elsewhere than on glibc Linux none is bundled, and then it is the system's. */
export default function whichNode(): void {
  const { version, versions, execPath } = process
  const tested = /^(20|24)\./.test(versions.node)
  console.log(
    tested
      ? `Node ${version}`
      : `Node ${version} (${execPath}; releases are tested on 20.19 and 24, bundled for Linux)`,
  )
}
