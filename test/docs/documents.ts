import { publishedPackages, read, repositoryFiles, type PublishedPackage } from '../architecture/repository.ts'

/** A Markdown file. */
export interface Document {
  readonly path: string
  readonly text: string
}

const files = repositoryFiles()

export const packages: readonly PublishedPackage[] = publishedPackages(files)

/** Every document whose readers copy from it. */
export const documents: readonly Document[] = files
  .filter((path) => /^(README|CONTRIBUTING|SECURITY)\.md$|^(packages|examples)\/[^/]+\/README\.md$/.test(path))
  .map((path) => ({ path, text: read(path) }))

export function readmeOf(folder: string): Document {
  const path = `packages/${folder}/README.md`
  return documents.find((document) => document.path === path) ?? { path, text: '' }
}
