import type { PolicyDocument } from '../document.ts'
import type { PolicySource } from '../source.ts'
import { fileSource, type FileOptions } from '../sources/file.ts'
import { parseYamlAside } from './parse-aside.ts'
import { parseYaml } from './parse-yaml.ts'

export type { FileOptions } from '../sources/file.ts'

/**
 * A policy in a YAML file, for the option `policy` of `rbac()`. It is read when `rbac()` is called.
 * @throws SecurityError ERR_OPTION
 */
export function yamlFile(path: string | URL, options: FileOptions = {}): PolicySource {
  return fileSource({ factory: 'yamlFile', parse: parseYaml, parseAside: parseYamlAside }, path, options)
}

/**
 * Reads a policy from a text, for the option `policy` of `rbac()`, which checks it.
 * @throws SecurityError ERR_OPTION for a text that is no YAML
 */
export function yamlPolicy(text: string): PolicyDocument {
  return parseYaml(text, 'the text') as PolicyDocument
}
