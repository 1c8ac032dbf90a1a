import { describe, expect, it } from 'vitest'
import { read } from '../architecture/repository.ts'
import { packages, readmeOf } from './documents.ts'
import { nameIn, tablesOf } from './markdown.ts'
import { optionsOf } from './option-types.ts'

describe.each(packages.map(({ folder, files }) => [folder, files] as const))(
  'options of packages/%s',
  (folder, files) => {
    const sources = files
      .filter((path) => /^src\/.*\.ts$/.test(path))
      .map((path) => ({ path: `packages/${folder}/${path}`, text: read(`packages/${folder}/${path}`) }))
    const types = optionsOf(sources)
    const { path, text } = readmeOf(folder)
    const documented = tablesOf(path, text)
      .filter(({ header }) => header[0] === 'option')
      // `keyFetch.timeout` is the option `timeout` of what `keyFetch` takes.
      .flatMap(({ rows, line }) => rows.map((row) => ({ name: nameIn(row[0]!).split('.').at(-1)!, line })))

    it('are all in the README', () => {
      const names = new Set(documented.map(({ name }) => name))
      const missing = new Set(types.flatMap((type) => type.names).filter((name) => !names.has(name)))
      expect([...missing]).toEqual([])
    })

    it('in the README all exist', () => {
      const names = new Set(types.flatMap((type) => type.names))
      const unknown = documented
        .filter(({ name }) => !names.has(name))
        .map(({ name, line }) => `${path}:${line} ${name}`)
      expect(unknown).toEqual([])
    })
  },
)
