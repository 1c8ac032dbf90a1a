import { coreError } from '@sallyport/core'
import type { AuditLogger } from '../contract.ts'

/** As much of SARIF 2.1.0 as is read. */
interface Sarif {
  readonly version?: unknown
  readonly runs?: readonly {
    readonly tool?: { readonly driver?: { readonly name?: string; readonly version?: string } }
    readonly results?: readonly {
      readonly ruleId?: string
      readonly level?: string
      readonly message?: { readonly text?: string }
      readonly locations?: readonly {
        readonly physicalLocation?: { readonly artifactLocation?: { readonly uri?: string } }
      }[]
    }[]
  }[]
}

/**
 * Records what a scanner has found, from a SARIF 2.1.0 file: one event for each run, one for each result. Answers how many were found.
 * @throws SecurityError ERR_OPTION for what is no SARIF
 */
export async function importSarif(audit: Pick<AuditLogger, 'record'>, json: string): Promise<number> {
  const sarif = parse(json)
  let found = 0
  for (const { tool, results = [] } of sarif.runs ?? []) {
    const { name = 'unknown', version } = tool?.driver ?? {}
    for (const { ruleId = 'unknown', level = 'warning', message, locations } of results) {
      found++
      const id = locations?.[0]?.physicalLocation?.artifactLocation?.uri
      await audit.record({
        type: 'vulnerability.found',
        actor: null,
        resource: { type: 'code', ...(typeof id === 'string' && { id }) },
        detail: { tool: name, rule: ruleId, level, message: message?.text },
      })
    }
    await audit.record({
      type: 'vulnerability.scanned',
      actor: null,
      detail: { tool: name, version, results: results.length },
    })
  }
  return found
}

function parse(json: string): Sarif {
  try {
    const value = JSON.parse(json) as Sarif
    if (value.version === '2.1.0' && Array.isArray(value.runs)) return value
  } catch {
    // Said below.
  }
  throw coreError('ERR_OPTION', { message: 'importSarif: this is no SARIF 2.1.0' })
}
