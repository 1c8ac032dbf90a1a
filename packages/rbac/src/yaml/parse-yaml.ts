import { optionError } from '@sallyport/core'
import { parseDocument } from 'yaml'

/** Aliases of one text: enough to name a list of permissions once, too few to make a small text a large policy. */
const MOST_ALIASES = 100

/**
 * Reads YAML 1.2 as plain data: no tags of its own, no key twice, one document.
 * @throws SecurityError ERR_OPTION telling the place, not the text
 */
export function parseYaml(text: string, name: string): unknown {
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: true,
    logLevel: 'error',
  })
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong) {
    const place = wrong.linePos ? ` (line ${wrong.linePos[0].line}, column ${wrong.linePos[0].col}: ${wrong.code})` : ''
    throw refused(name, text, place)
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch {
    throw refused(name, text, ` with at most ${MOST_ALIASES} aliases`)
  }
}

function refused(name: string, text: string, why: string): Error {
  return optionError('rbac: policy', name, text, { accepts: `YAML${why}`, secret: true })
}
