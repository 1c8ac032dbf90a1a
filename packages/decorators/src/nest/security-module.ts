import type { DynamicModule } from '@nestjs/common'
import { APP_GUARD, ModulesContainer } from '@nestjs/core'
import { methodNames } from '../rules.ts'
import { securityGuard, type NestSecurityOptions, type SecurityGuard } from './security-guard.ts'

/** Nest asks for a class. */
class SallyportModule {
  readonly name = 'sallyport'
}

/**
 * `securityGuard` for all of an app, which does not start where a handler has no rule, or a rule nothing that enforces it.
 *
 * ```ts
 * @Module({ imports: [securityModule({ access, before: [login] })] })
 * ```
 * @throws SecurityError ERR_OPTION
 */
export function securityModule(options: NestSecurityOptions = {}): DynamicModule {
  const guard = securityGuard(options)
  return {
    module: SallyportModule,
    providers: [
      { provide: APP_GUARD, useValue: guard },
      {
        provide: Symbol('sallyport.check'),
        inject: [ModulesContainer],
        useFactory: (modules: ModulesContainer) => ({ onApplicationBootstrap: () => prepareAll(guard, modules) }),
      },
    ],
  }
}

function prepareAll(guard: SecurityGuard, modules: ModulesContainer): void {
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue
      const prototype = metatype.prototype as Readonly<Record<PropertyKey, Function>>
      for (const name of methodNames(metatype)) {
        const handler = prototype[name]!
        if (isRoute(handler)) guard.prepare(metatype, handler)
      }
    }
  }
}

function isRoute(handler: Function): boolean {
  const { getMetadata } = Reflect as { getMetadata?(key: string, target: object): unknown }
  return getMetadata?.('path', handler) !== undefined
}
