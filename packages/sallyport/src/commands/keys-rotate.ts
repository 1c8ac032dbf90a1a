import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@sallyport/core'
import { UsageError, type Command, type Given, type Output } from '../command.ts'
import { rotateAuditKey, rotateIssuerKeys, type Rotated } from '../keys/elsewhere.ts'
import { changeKeyFile, isReadByOthers, readKeyFile, type KeyFile } from '../keys/key-file.ts'
import { algorithms, isKeyKind, keyKinds, nameOf } from '../keys/kinds.ts'
import { add, begin, retire, use, type Step } from '../keys/steps.ts'

export const command: Command = {
  summary: 'makes keys and rotates them, one step at a time',
  usage: `<key file, folder of an audit log, or module> [options]

  Of a key file (JSON, mode 0600) it adds a key; --use puts it first once every node has it; --retire takes an old one out.
  Of an audit log it changes the signing key. Of a module that exports a tokenIssuer() it calls rotateKeys(). No key is ever printed.

  --kind <kind>       of a new file: ring (createKeyRing), pii (piiRedactor) or signing (tokenIssuer)
  --algorithm <name>  of a new key for signing: ES256, RS256 or EdDSA (ES256)
  --use               use the key that was added
  --now               add and use at once: for one node, or a key that was stolen
  --retire <name>     take a key out that is no longer used
  --dry-run           say what would be done
  --key-ring <module> exports the key ring of the audit log as keyRing
  --export <name>     of the module, the issuer (issuer)
  --withdraw          of the issuer: at once, and tokens of the old keys end`,
  options: {
    kind: { type: 'string' },
    algorithm: { type: 'string', default: 'ES256' },
    use: { type: 'boolean', default: false },
    now: { type: 'boolean', default: false },
    retire: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    'key-ring': { type: 'string' },
    export: { type: 'string', default: 'issuer' },
    withdraw: { type: 'boolean', default: false },
  },

  async run(given, output) {
    const [target, ...others] = given.words
    if (target === undefined || others.length > 0) throw new UsageError('give one key file, folder or module')
    const { values } = given
    const isFolder = existsSync(target) && statSync(target).isDirectory()
    const isModule = /\.[cm]?[jt]s$/.test(target)
    if (!isFolder && !isModule) return ofFile(target, given, output)
    if (values['dry-run'] === true) throw new UsageError('--dry-run goes with a key file')
    if (isFolder && !existsSync(join(target, 'log.json'))) throw new UsageError(`there is no audit log in ${target}`)
    return told(
      isFolder
        ? await rotateAuditKey(target, values['key-ring'] as string | undefined)
        : await rotateIssuerKeys(target, values['export'] as string, values['withdraw'] === true),
      given,
      output,
    )
  },
}

async function ofFile(path: string, given: Given, output: Output): Promise<number> {
  const readByOthers = isReadByOthers(path)
  const dry = given.values['dry-run'] === true
  let step: Step | undefined
  await changeKeyFile(path, async () => {
    step = stepOf(readKeyFile(path), given)
    return dry ? undefined : step.file
  })
  const { file, done, next } = step!
  const keys = file.keys.map((key, i) => {
    const name = nameOf(key)
    return { name, state: i === 0 ? 'used' : name === file.next ? 'waiting' : 'kept', made: file.made[name] }
  })
  const warning = readByOthers
    ? `${path} could be read by others: take its keys for known, and rotate again`
    : undefined
  return told(
    {
      done: dry ? `Would be done: ${done}` : done,
      next,
      file: path,
      kind: file.kind,
      keys,
      ...(warning && { warning }),
    },
    given,
    output,
  )
}

function stepOf(file: KeyFile | undefined, { values }: Given): Step {
  const { kind, algorithm, retire: retired } = values
  if (!algorithms.includes(algorithm as string)) throw new UsageError(`--algorithm is ${algorithms.join(', ')}`)
  if ([values['use'], values['now'], retired !== undefined].filter((one) => one === true).length > 1) {
    throw new UsageError('give one of --use, --now and --retire')
  }
  if (file === undefined) {
    if (!isKeyKind(kind))
      throw new UsageError(`the file is not there; for a new one --kind is ${Object.keys(keyKinds).join(', ')}`)
    if (values['use'] === true || retired !== undefined) throw new UsageError('the file is not there')
    return begin(kind, algorithm as string, systemClock.now())
  }
  if (kind !== undefined && kind !== file.kind) throw new UsageError(`the file holds keys of the kind ${file.kind}`)
  if (typeof retired === 'string') return retire(file, retired)
  if (values['use'] === true) return use(file)
  const added = add(file, algorithm as string, systemClock.now())
  return values['now'] === true ? use(added.file) : added
}

interface Told extends Rotated {
  readonly file?: string
  readonly kind?: string
  readonly warning?: string
  readonly keys?: readonly { readonly name: string; readonly state: string; readonly made: string | undefined }[]
}

function told(result: Told, { json }: Given, { out, err, paint }: Output): number {
  if (json) out(`${JSON.stringify(result, undefined, 2)}\n`)
  else {
    const { done, next, keys = [], warning } = result
    if (warning !== undefined) err(`${warning}\n`)
    out(`${paint('bold', done)}\n`)
    for (const { name, state, made } of keys) out(`  ${name}  ${state.padEnd(7)}  ${made ?? ''}\n`)
    out(`${next}\n`)
  }
  return 0
}
