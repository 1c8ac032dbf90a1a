import { optionError } from '@sallyport/core'
import type { SallyportOptions } from './options.ts'

/**
 * `api`: answers are data, never pages, and callers come with tokens. `web`: pages and a login with sessions. `enterprise`: `web` with an
 * audit log, roles and second factors, without which it does not start, few sessions at a time, and sessions that seem stolen ended.
 */
export type PresetName = 'api' | 'web' | 'enterprise'

type Start = Pick<SallyportOptions, 'headers' | 'limits' | 'sessions'> & {
  /** Options without which it does not start. */
  readonly needs: readonly (keyof SallyportOptions)[]
}

const presets: Readonly<Record<PresetName, Start>> = {
  api: {
    needs: ['jwt'],
    // What is no page loads nothing, and nobody frames it (OWASP REST Security Cheat Sheet).
    headers: {
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    },
  },
  web: { needs: ['login'], sessions: { hijack: 'monitor' } },
  enterprise: {
    needs: ['login', 'audit', 'rbac', 'mfa'],
    sessions: { hijack: 'enforce', limit: 5, idle: 1800, absolute: 43_200 },
    limits: { address: { limit: 300 }, principal: { limit: 600 } },
  },
}

/**
 * The options, with those of the preset where nothing else is given.
 * @throws SecurityError ERR_OPTION for what is no preset, and where it needs what is not there
 */
export function withPreset(options: SallyportOptions): SallyportOptions {
  const { preset } = options
  if (preset === undefined) return options
  if (!Object.hasOwn(presets, preset)) {
    throw optionError('sallyport', 'preset', preset, { accepts: "'api', 'web' or 'enterprise'" })
  }
  const { needs, ...start } = presets[preset]
  for (const part of needs) {
    if (options[part] === undefined || options[part] === false) {
      throw optionError('sallyport', part, options[part], { accepts: `something, for the preset '${preset}'` })
    }
  }
  return { ...start, ...options }
}
