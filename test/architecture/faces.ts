import { parse, place, type Source } from './source.ts'

/** The public face is a list of names; nothing anywhere is exported as default. */
export function faceViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    parse(source).exports.flatMap(({ importName, exportName, start }) => {
      if (importName.kind === 'All' || importName.kind === 'AllButDefault') {
        return [`${place(source, start)} exports everything of another file`]
      }
      return exportName.kind === 'Default' ? [`${place(source, start)} has a default export`] : []
    }),
  )
}
