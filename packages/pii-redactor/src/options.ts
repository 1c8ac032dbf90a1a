import {
  accept,
  acceptEnvironment,
  acceptNumber,
  checkOptions,
  optionError,
  type Environment,
  type OptionRules,
} from '@sallyport/core'
import { bytesOf, type PiiKey } from './act/keys.ts'
import { actionOf, actions, isPolicy, type Policy } from './act/policy.ts'
import { dataClasses, entities, type DataClass } from './engine/entity.ts'
import type { Detector } from './engine/own-detectors.ts'

/** Options of `piiRedactor`. */
export interface PiiRedactorOptions {
  /** What is looked for. @default all, and what the app's own detectors find */
  readonly entities?: readonly string[]
  /** How sure one must be to take something out, from 0 to 1. @default 0.5 */
  readonly threshold?: number
  /** The same for single entities. @default {} */
  readonly thresholds?: Readonly<Record<string, number>>
  /** Values that are nobody's, such as the address of the help desk: whole values, whatever their case. @default [] */
  readonly allow?: readonly string[]
  /** Detectors of the app's own. @default [] */
  readonly detectors?: readonly Detector[]
  /**
   * What fields hold, by name at any depth (case and style folded) or by path with `*` and `**`: an entity, or `keep` where nothing is
   * looked for. They go before the names that are known already. @default {}
   */
  readonly fields?: Readonly<Record<string, string>>
  /** What is done, by entity and by data class. @default what is not public is removed: `[EMAIL]` */
  readonly policy?: Policy
  /** The policy for logs. @default `policy` */
  readonly logs?: Policy
  /** The policy for answers and bodies of requests. @default `policy` */
  readonly responses?: Policy
  /** The data class of entities, where it is another one than ours. @default {} */
  readonly classes?: Readonly<Record<string, DataClass>>
  /** Keys for hashes and tokens: the first makes, all open. @default none */
  readonly keys?: readonly PiiKey[]
  /** Whose tokens these are, such as a tenant: a token of another scope is none. @default 'app' */
  readonly scope?: string
  /** Permission of callers who get answers as they are, asked of rbac. @default nobody */
  readonly unmask?: string
  /** Permission of callers who may turn tokens back, asked of rbac. @default nobody */
  readonly reveal?: string
  /** Whether bodies of requests are redacted too, before handlers see them. @default false */
  readonly requests?: boolean
  /** Whether answers are only looked through and reported, not changed. @default false */
  readonly reportOnly?: boolean
  /** Milliseconds for one call; then all that was not read is taken out. @default 1000 */
  readonly budget?: number
  /** Most bytes of one body that has to be held as a whole. @default 1_048_576 */
  readonly bodyLimit?: number
  /** @default the environment of the process */
  readonly env?: Environment
}

const policyRule = {
  accepts: `actions (${actions.join(', ')}) by entity (${entities.join(', ')}) or class (${dataClasses.join(', ')})`,
  test: accept.object.test,
}
const record = (
  accepts: string,
  test: (value: unknown) => boolean,
): { accepts: string; test: (v: unknown) => boolean } => ({
  accepts,
  test: (v) => accept.object.test(v) && Object.values(v as object).every(test),
})

const rules: OptionRules<PiiRedactorOptions> = {
  entities: accept.strings,
  threshold: acceptNumber('certainty', 0, 1),
  thresholds: record('numbers from 0 to 1 by entity', (v) => typeof v === 'number' && v >= 0 && v <= 1),
  allow: accept.strings,
  detectors: {
    accepts: "a list of { entity: 'CAPITALS', pattern: /…/ }",
    test: (v) => Array.isArray(v) && v.every(isDetector),
  },
  fields: record('entities, or `keep`, by name or path', (v) => typeof v === 'string' && v !== ''),
  policy: policyRule,
  logs: policyRule,
  responses: policyRule,
  classes: record(`data classes (${dataClasses.join(', ')}) by entity`, (v) => dataClasses.includes(v as DataClass)),
  keys: {
    accepts: 'a list of { id, key }: an id of letters and digits, 32 random bytes',
    test: (v) =>
      Array.isArray(v) && v.length > 0 && v.every(isKey) && new Set(v.map((one: PiiKey) => one.id)).size === v.length,
    secret: true,
  },
  scope: accept.string,
  unmask: accept.string,
  reveal: accept.string,
  requests: accept.boolean,
  reportOnly: accept.boolean,
  budget: acceptNumber('milliseconds', 1, 60_000),
  bodyLimit: acceptNumber('bytes', 1024, 1_073_741_824),
  env: { accepts: 'an environment made by createEnvironment()', test: acceptEnvironment },
}

function isDetector(value: unknown): value is Detector {
  const { entity, pattern, score = 0.8, test } = Object(value) as Partial<Detector>
  return (
    typeof entity === 'string' &&
    /^[A-Z][A-Z\d_]{1,40}$/.test(entity) &&
    typeof pattern?.exec === 'function' &&
    score >= 0 &&
    score <= 1 &&
    (test === undefined || typeof test === 'function')
  )
}

function isKey(value: unknown): value is PiiKey {
  const { id, key } = Object(value) as Partial<PiiKey>
  return (
    typeof id === 'string' &&
    /^[A-Za-z\d]{1,32}$/.test(id) &&
    key !== undefined &&
    bytesOf({ id, key }).byteLength === 32
  )
}

/**
 * Checks the options, what they name, and that what a policy needs is there.
 * @throws SecurityError ERR_OPTION
 */
export function checkPiiOptions(options: PiiRedactorOptions, hasKeyRing: boolean): void {
  checkOptions<PiiRedactorOptions>('piiRedactor', options, rules)
  const own = (options.detectors ?? []).map(({ entity }) => entity)
  const known = new Set<string>([...entities, ...own])
  const named = {
    entities: options.entities ?? [],
    thresholds: Object.keys(options.thresholds ?? {}),
    classes: Object.keys(options.classes ?? {}),
  }
  for (const [option, names] of Object.entries(named)) {
    const wrong = names.find((name) => !known.has(name))
    if (wrong !== undefined) throw optionError('piiRedactor', option, wrong, { accepts: [...known].join(', ') })
  }
  const field = Object.values(options.fields ?? {}).find((entity) => entity !== 'keep' && !known.has(entity))
  if (field !== undefined)
    throw optionError('piiRedactor', 'fields', field, { accepts: `keep, ${[...known].join(', ')}` })
  for (const name of ['policy', 'logs', 'responses'] as const) {
    const policy = options[name]
    if (policy === undefined) continue
    if (!isPolicy(policy, own)) throw optionError('piiRedactor', name, policy, policyRule)
    const used = new Set([...known].map((entity) => actionOf(policy, options.classes ?? {}, entity)))
    if ((used.has('hash') || used.has('tokenize')) && options.keys === undefined) {
      throw optionError('piiRedactor', 'keys', undefined, {
        accepts: `needed, because \`${name}\` hashes or tokenizes`,
      })
    }
    if (used.has('encrypt') && !hasKeyRing) {
      throw optionError('piiRedactor', name, 'encrypt', {
        accepts: '`encrypt` only with a `keyRing` on the environment',
      })
    }
  }
}
