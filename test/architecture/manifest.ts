import semver from 'semver'

/** The parts of a package.json that rules look at. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly private?: boolean
  readonly sideEffects?: unknown
  readonly main?: string
  readonly engines?: { readonly node?: string }
  readonly files?: readonly string[]
  readonly exports?: Readonly<Record<string, unknown>>
  readonly keywords?: readonly string[]
  readonly repository?: unknown
  readonly homepage?: unknown
  readonly bugs?: unknown
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** The oldest Node that the packages support, unless one says otherwise in `engines`. */
export const OLDEST_NODE = '20.19.0'

/** The oldest Node that a package says it runs on; never an older one than ours. */
export function oldestNodeOf({ engines }: Manifest): string {
  const said = semver.minVersion(engines?.node ?? '')?.version ?? OLDEST_NODE
  return semver.gt(said, OLDEST_NODE) ? said : OLDEST_NODE
}

const AT_INSTALL = ['preinstall', 'install', 'postinstall', 'prepare']
const SHIPPED = ['dist', 'src', 'README.md', 'CHANGELOG.md', 'LICENSE']

/** What the manifest of a package that is published has to say. */
export function manifestViolations(folder: string, manifest: Manifest): string[] {
  const found: string[] = []
  const demand = (holds: boolean, what: string): void => void (holds || found.push(`packages/${folder}: ${what}`))
  demand(manifest.name === `@sallyport/${folder}` || manifest.name === folder, 'the name is the folder’s')
  demand(semver.valid(manifest.version) !== null, 'a version')
  demand(manifest.private !== true, 'it is published, so not private')
  demand(manifest.license === 'MIT', 'the license is MIT')
  demand(manifest.type === 'module', 'the type is module')
  demand(manifest.main === undefined, 'exports instead of main')
  demand(manifest.sideEffects === false, 'sideEffects is false')
  demand(manifest.description?.endsWith('.') === true, 'a description, one sentence')
  demand((manifest.keywords?.length ?? 0) > 0, 'keywords')
  demand(
    semver.validRange(manifest.engines?.node ?? '') !== null && manifest.engines?.node !== undefined,
    'engines.node',
  )
  for (const shipped of SHIPPED) demand(manifest.files?.includes(shipped) === true, `files has ${shipped}`)
  for (const script of AT_INSTALL) demand(manifest.scripts?.[script] === undefined, `no ${script} script`)
  demand(manifest.exports?.['.'] !== undefined, 'exports has .')
  for (const [path, target] of Object.entries(manifest.exports ?? {})) {
    if (path === './package.json') continue
    // TypeScript takes the first condition that fits.
    const conditions = typeof target === 'object' && target !== null ? Object.keys(target) : []
    demand(conditions.join() === 'types,default', `exports ${path} has types, then default`)
  }
  for (const field of ['repository', 'homepage', 'bugs'] as const) {
    demand(
      !/:\/\/(?!github\.com\/)/.test(JSON.stringify(manifest[field] ?? '')),
      `${field} names a host that is not known`,
    )
  }
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const known = range.startsWith('workspace:') || semver.validRange(range) !== null
    demand(known && range !== '*', `${name} has a range, not ${range}`)
  }
  return found
}
