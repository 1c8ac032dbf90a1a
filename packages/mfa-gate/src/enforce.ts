import { defineMiddleware, type Answer, type Exchange, type Middleware, type Principal } from '@sallyport/core'
import { accountOf, loginTag } from './account.ts'
import type { LoginState } from './login-state.ts'
import type { PassMemory } from './pass-memory.ts'
import { refuse } from './refusal.ts'
import type { Settings } from './settings.ts'

/**
 * Makes the gate in front of the whole app: whoever has a second factor must have used it in this login, however they came in, and whoever
 * must have one sets it up. It demands nothing of requests without a login; other gates do.
 */
export function enforceSecondFactor(settings: Settings, memory: PassMemory): Middleware {
  const { environment, logins, adaptive, devices, rollout, resets, authenticators } = settings

  return defineMiddleware({
    name: 'mfa.enforce',
    requires: { authentication: 'optional', factors: ['mfa'] },
    environment,
    gate(exchange) {
      const state = logins.read(exchange)
      if (state === undefined) return undefined
      if (state.elevated.amr.includes('mfa')) return adaptive === undefined ? undefined : unlessRaised(exchange, state)
      const key = keyOf(exchange, state.principal)
      return memory.has(key) ? undefined : decide(exchange, state, key)
    },
  })

  async function unlessRaised(exchange: Exchange, state: LoginState): Promise<void | Answer> {
    const maxAge = await adaptive!.raised(exchange)
    if (maxAge === undefined || settings.anySecond.holds(state, maxAge)) return undefined
    return refuse(settings, exchange, 'step-up', { acr: settings.anySecond.acrValues, maxAge })
  }

  async function decide(exchange: Exchange, { principal }: LoginState, key: string): Promise<void | Answer> {
    const account = accountOf(principal)
    if (await resets.isReset(account)) return refuse(settings, exchange, 'enrolment', {})
    if ((await authenticators.kinds(account)).size > 0) {
      if (await devices.trusts(exchange, account)) return waive(exchange, 'device', key)
      if (await adaptive?.waives(exchange)) return waive(exchange, 'risk', undefined)
      return refuse(settings, exchange, 'login', { acr: settings.anySecond.acrValues })
    }
    const { is, reportOnly } = await rollout.judge(principal)
    if (is === 'free') return memory.add(key)
    if (reportOnly) {
      await environment.publish('mfa.report', { account, would: is === 'grace' ? 'grace' : 'enrolment' }, exchange)
      return memory.add(key)
    }
    return is === 'grace' ? waive(exchange, 'grace', key) : refuse(settings, exchange, 'enrolment', {})
  }

  async function waive(exchange: Exchange, by: 'device' | 'risk' | 'grace', key: string | undefined): Promise<void> {
    await environment.publish('mfa.waived', { by }, exchange)
    if (key !== undefined) memory.add(key)
  }

  function keyOf(exchange: Exchange, principal: Principal): string {
    const { issuer, tenant, subject } = principal
    return JSON.stringify([issuer, tenant, subject, loginTag(principal), devices.presented(exchange)])
  }
}
