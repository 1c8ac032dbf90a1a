/**
 * Node's http module, loaded when it is first needed. Importing it costs as much as the rest of this package together, and a script that only
 * compiles a policy has no use for it.
 */
export function nodeHttp(): typeof import('node:http') {
  return process.getBuiltinModule('node:http')
}
