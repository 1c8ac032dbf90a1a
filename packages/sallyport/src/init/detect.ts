import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../command.ts'

/** Frameworks that are told apart; `node` is plain `node:http`. */
export type Framework = 'nest' | 'fastify' | 'hono' | 'koa' | 'express' | 'node'

/** What an app was found to be made of. */
export interface Found {
  readonly folder: string
  readonly framework: Framework
  /** Major version, as far as it can be told. */
  readonly major: number | undefined
  readonly language: 'ts' | 'js'
  readonly modules: 'esm' | 'commonjs'
  /** How modules of the app's own are imported: with the extension of the source, of what is compiled, or without. */
  readonly imports: '.ts' | '.js' | ''
  /** Libraries that matter here, such as express-session. */
  readonly uses: readonly string[]
  /** Where the app is made: the file, and the line of that. */
  readonly entry: { readonly file: string; readonly line: number; readonly name: string } | undefined
  /** Folder of the sources, relative; '' for the app's own. */
  readonly sources: string
}

interface Manifest {
  readonly type?: string
  readonly main?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** In this order: Nest brings Express along, and an app of Fastify may mount one. */
const MARKS = [
  ['nest', '@nestjs/core'],
  ['fastify', 'fastify'],
  ['hono', 'hono'],
  ['koa', 'koa'],
  ['express', 'express'],
] as const

const KNOWN = [
  'express-session',
  'koa-session',
  'connect-redis',
  'passport',
  'koa-passport',
  'helmet',
  'koa-helmet',
  'cors',
  '@koa/cors',
  'express-rate-limit',
  'express-jwt',
  'passport-jwt',
  'koa-jwt',
  'casbin',
  'redis',
  'ioredis',
  'pg',
]

const MAKES: Readonly<Record<Framework, RegExp>> = {
  express: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*express\(\)/,
  koa: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*new\s+Koa\b/,
  fastify: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*(?:require\(['"]fastify['"]\)|[Ff]astify)\(/,
  hono: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*new\s+Hono\b/,
  nest: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*await\s+NestFactory\.create\b/,
  node: /(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*(?:http\.)?createServer\(/,
}

/**
 * Looks at an app's manifest and sources. Runs nothing of it.
 * @throws UsageError where there is no package.json
 */
export function detect(folder: string): Found {
  const manifest = readJson<Manifest>(join(folder, 'package.json'))
  if (manifest === undefined) throw new UsageError(`there is no readable package.json in ${folder}`)
  const dependencies = { ...manifest.devDependencies, ...manifest.dependencies }
  const [framework, mark] =
    MARKS.find(([, name]) => Object.hasOwn(dependencies, name)) ?? (['node', undefined] as const)
  const entry = entryOf(folder, framework, manifest)
  const language = entry?.file.endsWith('ts') || (!entry && existsSync(join(folder, 'tsconfig.json'))) ? 'ts' : 'js'
  return {
    folder,
    framework,
    major: mark && majorOf(folder, mark, dependencies[mark]!),
    language,
    modules: modulesOf(entry?.file, manifest),
    imports: language === 'js' ? '.js' : importsOf(folder),
    uses: KNOWN.filter((name) => Object.hasOwn(dependencies, name)),
    entry,
    sources: entry?.file.includes('/') ? entry.file.slice(0, entry.file.lastIndexOf('/') + 1) : '',
  }
}

function modulesOf(entry: string | undefined, { type }: Manifest): Found['modules'] {
  if (entry !== undefined && /\.c[jt]s$/.test(entry)) return 'commonjs'
  return type === 'module' || (entry !== undefined && /\.m[jt]s$/.test(entry)) ? 'esm' : 'commonjs'
}

function importsOf(folder: string): Found['imports'] {
  // A tsconfig.json may have comments: it is looked through, not parsed.
  const text = existsSync(join(folder, 'tsconfig.json')) ? readFileSync(join(folder, 'tsconfig.json'), 'utf8') : ''
  if (text === '' || /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(text))
    return '.ts'
  return /"module"\s*:\s*"(?:node|es)/i.test(text) ? '.js' : ''
}

function majorOf(folder: string, name: string, range: string): number | undefined {
  const installed = readJson<{ readonly version?: string }>(join(folder, 'node_modules', name, 'package.json'))
  const major = /\d+/.exec(installed?.version ?? range)?.[0]
  return major === undefined ? undefined : Number(major)
}

/** Names come from the manifest and from habit; what is no file, or makes no app, is passed over. */
function entryOf(folder: string, framework: Framework, { main, scripts = {} }: Manifest): Found['entry'] {
  const started = Object.values(scripts).flatMap((script) => script.match(/[\w./-]+\.[cm]?[jt]s\b/g) ?? [])
  const usual = ['src/', ''].flatMap((place) => sourcesIn(join(folder, place)).map((name) => place + name))
  for (const file of new Set([...started, main ?? '', ...usual].map((name) => name.replace(/^\.\//, '')))) {
    if (file === '' || file.startsWith('..') || !existsSync(join(folder, file))) continue
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    const at = lines.findIndex((line) => MAKES[framework].test(line))
    if (at !== -1) return { file, line: at + 1, name: MAKES[framework].exec(lines[at]!)![1]! }
  }
  return undefined
}

function sourcesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(
    (name) => /^(?!security\.|sallyport\.).*\.[cm]?[jt]s$/.test(name) && !name.endsWith('.d.ts'),
  )
}

function readJson<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value
  } catch {
    return undefined
  }
}
