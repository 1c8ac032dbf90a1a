import { appEvents, type AppEventType } from './app-events.ts'
import { ownEvents, type OwnEventType } from './own-events.ts'

/** How grave an event is by itself; a failure or denial is at least a `warning`. */
export type AuditSeverity = 'info' | 'notice' | 'warning' | 'alert'

/** What is known of a type of event. */
export interface CatalogueEntry {
  /** What happened, in words for people. */
  readonly title: string
  /** Which retention and which reports it belongs to. */
  readonly category: AuditCategory
  readonly severity: AuditSeverity
  /** Its name in the OWASP logging vocabulary: one, or one for success (if there is one) and one for failure. */
  readonly owasp?: string | readonly [success: string | undefined, failure: string]
  /** Class and activity of OCSF 1.5.0. */
  readonly ocsf: readonly [classUid: number, activityId: number]
  /** `event.category` and `event.type` of the Elastic Common Schema 8. */
  readonly ecs: readonly [category: string, type: string]
  /** Members of a security event's detail that name nobody; the others are sealed. */
  readonly open?: readonly string[]
}

/** Classes of events. */
export type AuditCategory =
  | 'authentication'
  | 'authorization'
  | 'account'
  | 'session'
  | 'token'
  | 'data'
  | 'consent'
  | 'configuration'
  | 'availability'
  | 'network'
  | 'vulnerability'
  | 'audit'

/** Types that the catalogue names. */
export type CataloguedType = AppEventType | OwnEventType

/** A type of event: the catalogue's, offered by editors, or the app's own. */
export type AuditEventType = CataloguedType | (string & {})

/** Every type of event that has a meaning of its own, with its names in other vocabularies. */
export const auditCatalogue: Readonly<Record<CataloguedType, CatalogueEntry>> = {
  ...appEvents,
  ...ownEvents,
}

const unknown: CatalogueEntry = {
  title: 'An event of the app',
  category: 'data',
  severity: 'info',
  ocsf: [6003, 99],
  ecs: ['configuration', 'info'],
}

/** What is known of a type; of the app's own ones their form. */
export function entryOf(type: string): CatalogueEntry {
  return Object.hasOwn(auditCatalogue, type) ? auditCatalogue[type as CataloguedType] : unknown
}

/** Whether a word is a category of the catalogue. */
export function isCategory(word: string): word is AuditCategory {
  return Object.values(auditCatalogue).some(({ category }) => category === word)
}
