import { describeGate, type GateDescription } from '@sallyport/core'
import type { createRequire } from 'node:module'
import { asFunction, type FoundRoute } from '../route.ts'
import { joined, samplesOf } from '../samples.ts'
import { isExpressApp, stackOf } from './express.ts'

type Class = Function & { readonly prototype: object }

/** Under this key a guard tells what it demands of a method: `@sallyport/decorators/nest` puts it there. */
const GUARD = Symbol.for('sallyport.guard')
type Describe = (controller: Function, handler: Function) => readonly GateDescription[]

interface Wrapper {
  readonly metatype?: Class | null
  readonly instance?: unknown
  readonly subtype?: string
}

interface Module {
  readonly metatype: Class
  readonly controllers: ReadonlyMap<unknown, Wrapper>
  readonly providers: ReadonlyMap<unknown, Wrapper>
}

interface NestApp {
  readonly container: { getModules(): ReadonlyMap<string, Module> }
  readonly config: { getGlobalPrefix(): string; getGlobalGuards(): readonly unknown[] }
  getHttpAdapter(): { getInstance(): unknown }
}

interface WithMetadata {
  getMetadata?(key: string, target: object): unknown
}
const metadata = (key: string, target: object): unknown => (Reflect as WithMetadata).getMetadata?.(key, target)

export function isNestApp(target: unknown): target is NestApp {
  const { container, getHttpAdapter } = (target ?? {}) as Partial<NestApp>
  return typeof getHttpAdapter === 'function' && typeof container?.getModules === 'function'
}

export function isNestModule(target: unknown): target is Class {
  if (typeof target !== 'function') return false
  return ['imports', 'controllers', 'providers'].some((key) => Array.isArray(metadata(key, target)))
}

export async function readNest(
  target: NestApp | Class,
  fromApp: ReturnType<typeof createRequire>,
): Promise<FoundRoute[]> {
  const app = isNestApp(target) ? target : await preview(target, fromApp)
  const { RequestMethod } = fromApp('@nestjs/common') as { RequestMethod: Readonly<Record<number, string>> }
  const modules = [...app.container.getModules().values()]
  const before = middlewaresOf(app)
  const globals = [
    ...app.config.getGlobalGuards(),
    ...modules.flatMap(({ providers }) =>
      [...providers.values()].flatMap(({ subtype, instance, metatype }) =>
        subtype === 'guard' ? [describes(instance) ? instance : metatype] : [],
      ),
    ),
  ]
  return modules.flatMap(({ controllers, metatype: module }) =>
    [...controllers.values()].flatMap(({ metatype: controller }) => (controller ? routesOf(controller, module) : [])),
  )

  function routesOf(controller: Class, module: Class): FoundRoute[] {
    return methodsOf(controller.prototype as object).flatMap((handler) => {
      const paths = metadata('path', handler)
      if (paths === undefined) return []
      const method = RequestMethod[metadata('method', handler) as number] ?? 'GET'
      const guards = [...new Set([...globals, ...listOf('__guards__', controller), ...listOf('__guards__', handler)])]
      const gates = guards.flatMap((guard) => describes(guard)?.(controller, handler) ?? [])
      const starts = [metadata('path', controller) ?? '/'].flat() as string[]
      return starts.flatMap((start) =>
        ([paths].flat() as string[]).map((end) => {
          const inner = joined(joined((metadata('__module_path__', module) ?? '/') as string, start), end)
          const path = `/${joined(app.config.getGlobalPrefix(), inner).replace(/^\/+/, '')}`
          const own = [...gates.map(asFunction), handler]
          return {
            methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
            path,
            before,
            own,
          }
        }),
      )
    })
  }
}

/** Makes the app as far as its routes can be read: no provider is constructed. */
async function preview(module: Class, fromApp: ReturnType<typeof createRequire>): Promise<NestApp> {
  const { NestFactory } = fromApp('@nestjs/core') as {
    NestFactory: { create(module: Class, options: object): Promise<NestApp> }
  }
  return NestFactory.create(module, { preview: true, logger: false, abortOnError: false })
}

/** Gates that the app itself was given by `app.use()`, for all paths: prefixes and versions may put a route elsewhere than it is shown. */
function middlewaresOf(app: NestApp): GateDescription[] {
  const instance = app.getHttpAdapter().getInstance()
  if (!isExpressApp(instance)) return []
  const samples = samplesOf('/:anything/:below').concat('/')
  return stackOf(instance).flatMap((layer) => {
    const gate = describeGate(layer.handle)
    return gate && samples.every((sample) => layer.match(sample)) ? [gate] : []
  })
}

function methodsOf(prototype: object): Function[] {
  const names = new Set<string>()
  for (
    let one: object | null = prototype;
    one && one !== Object.prototype;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return [...names].map((name) => (prototype as Record<string, Function>)[name]!)
}

function listOf(key: string, target: object): unknown[] {
  const list = metadata(key, target)
  return Array.isArray(list) ? list : []
}

function describes(guard: unknown): Describe | undefined {
  if ((typeof guard !== 'object' && typeof guard !== 'function') || guard === null) return undefined
  return (guard as { [GUARD]?: Describe })[GUARD]
}
