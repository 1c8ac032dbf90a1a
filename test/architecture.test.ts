import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dependencyViolations, runtimeTree } from './architecture/dependencies.ts'
import { faceViolations } from './architecture/faces.ts'
import { hostViolations } from './architecture/hosts.ts'
import { declaredViolations, DOORS, importViolations } from './architecture/layers.ts'
import { packageViolations, pnpmViolations, topLevelViolations } from './architecture/layout.ts'
import { manifestViolations, oldestNodeOf } from './architecture/manifest.ts'
import { projectViolations } from './architecture/projects.ts'
import {
  projectsOf,
  publishedPackages,
  read,
  referencesOf,
  repositoryFiles,
  root,
  sourcesOf,
} from './architecture/repository.ts'
import { sizeViolations } from './architecture/sizes.ts'
import { skipViolations } from './architecture/skips.ts'
import { timeViolations } from './architecture/time.ts'

const files = repositoryFiles()
const packages = publishedPackages(files)
const sources = sourcesOf(files, /^packages\/[^/]+\/src\/.+\.ts$/)

describe('the repository', () => {
  it('has at its top what the plan allows', () => {
    expect(topLevelViolations(files)).toEqual([])
  })

  it('names one pnpm everywhere', () => {
    const texts = ['README.md', 'CONTRIBUTING.md', '.ci/run'].map((path) => ({ path, text: read(path) }))
    const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
    expect(pnpmViolations(texts, packageManager)).toEqual([])
    expect(texts.filter(({ text }) => !text.includes(packageManager))).toEqual([])
  })

  it('builds every package and example by one command, in order', () => {
    expect(projectViolations(projectsOf(files), referencesOf('tsconfig.json'))).toEqual([])
  })

  it('skips no test and leaves none for later', () => {
    // Bodies that several suites share are tests as well; the rules' own samples are texts.
    const tests = sourcesOf(files, /(^|\/)test\/.+\.ts$/)
    expect(tests.length).toBeGreaterThan(0)
    expect(skipViolations(tests)).toEqual([])
  })
})

describe('the sources', () => {
  it('are short', () => {
    expect(sizeViolations(sources)).toEqual([])
  })

  it('export names, one by one', () => {
    expect(faceViolations(sources)).toEqual([])
  })

  it('look into a request or response in core’s hosts folder and in doors only', () => {
    const gates = sources.filter(({ path }) => {
      const [, folder = '', , within = ''] = path.split('/')
      return !DOORS.has(folder) && within !== 'testing' && !(folder === 'core' && within === 'hosts')
    })
    expect(hostViolations(gates)).toEqual([])
  })

  it('take the time from the clock', () => {
    const timed = sources.filter(({ path }) => path !== 'packages/core/src/clock.ts' && !path.includes('/src/testing/'))
    expect(timeViolations(timed)).toEqual([])
  })
})

describe.each(packages.map((one) => [one.folder, one] as const))('packages/%s', (folder, { manifest, files: own }) => {
  it('is laid out as the others', () => {
    expect(packageViolations(folder, own)).toEqual([])
  })

  it('says in its manifest what it is', () => {
    expect(manifestViolations(folder, manifest)).toEqual([])
  })

  it('builds on nothing but core and what it declares', () => {
    const mine = sources.filter(({ path }) => path.startsWith(`packages/${folder}/`))
    expect(mine.length).toBeGreaterThan(0)
    expect(importViolations(folder, manifest, mine)).toEqual([])
    expect(declaredViolations(folder, manifest)).toEqual([])
  })

  it('brings along only what every user can install', () => {
    const tree = runtimeTree(join(root, 'packages', folder))
    expect(tree.length).toBeGreaterThan(0)
    expect(dependencyViolations(tree, oldestNodeOf(manifest))).toEqual([])
  })
})
