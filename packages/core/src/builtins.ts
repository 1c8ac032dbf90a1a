/**
 * Node's modules, taken when they are needed instead of imported. An app that serves requests has them anyway; a script that only
 * compiles a policy, or a cold start, does not wait for them. An `import` would load even more: it reads every export, and
 * `node:util` makes whole subsystems when some of its exports are first read.
 */
export const builtin = {
  crypto: (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto'),
  http: (): typeof import('node:http') => process.getBuiltinModule('node:http'),
  net: (): typeof import('node:net') => process.getBuiltinModule('node:net'),
  util: (): typeof import('node:util') => process.getBuiltinModule('node:util'),
} as const
