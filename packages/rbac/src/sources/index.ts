export type { FileOptions } from './file.ts'
export { jsonFile } from './json-file.ts'
export { publishPolicy, storedPolicy, type PublishOptions, type StoredPolicyOptions } from './stored-policy.ts'
