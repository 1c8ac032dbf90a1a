import { optionError } from '@sallyport/core'
import type { PolicySource } from '../source.ts'
import { fileSource, type FileOptions } from './file.ts'

/**
 * A policy in a JSON file, for the option `policy` of `rbac()`. It is read when `rbac()` is called.
 * @throws SecurityError ERR_OPTION
 */
export function jsonFile(path: string | URL, options: FileOptions = {}): PolicySource {
  return fileSource({ factory: 'jsonFile', parse: parseJson }, path, options)
}

/** @throws SecurityError ERR_OPTION telling the line, not the text */
export function parseJson(given: string, name: string): unknown {
  try {
    return JSON.parse(given)
  } catch (thrown) {
    const text = String(thrown)
    const position = /end of JSON input/.test(text) ? given.length : /position (\d+)/.exec(text)?.[1]
    const line = position === undefined ? '' : ` (line ${given.slice(0, Number(position)).split('\n').length})`
    throw optionError('rbac: policy', name, given, { accepts: `JSON${line}`, secret: true })
  }
}
