import type { Draft } from './log/messages.ts'
import type { AuditEvent, AuditPerson, AuditReceipt, AuditRecord } from './record/event.ts'
import type { LogSource } from './read/log-reader.ts'
import type { Recorder } from './recorder.ts'
import { Search } from './search/search.ts'
import { personOf } from './vault/person.ts'

/** What became of a request to be forgotten. */
export interface Forgotten extends AuditReceipt {
  /** Whether there was anything to forget. */
  readonly found: boolean
}

/** What persons may ask for. */
export interface Privacy {
  forget(person: AuditPerson): Promise<Forgotten>
  exportSubject(person: AuditPerson): AsyncGenerator<AuditRecord>
}

/** What it is made with. */
export interface PrivacySettings {
  readonly recorder: Recorder
  readonly draft: (event: AuditEvent, intent?: number) => Draft
  readonly source: () => Promise<LogSource>
}

export function privacyOf({ recorder, draft, source }: PrivacySettings): Privacy {
  return {
    async forget(person) {
      // What waits may be of this person, too.
      await recorder.flush()
      const { index } = await recorder.write(draft({ type: 'audit.forgotten', outcome: 'intent' }))
      const { ref } = await recorder.order({ do: 'forget', person: personOf(person) })
      const found = ref !== undefined
      const receipt = await recorder.write(
        draft({ type: 'audit.forgotten', detail: { found, ...(found && { ref }) } }, index),
      )
      return { ...receipt, found }
    },
    async *exportSubject(person) {
      await recorder.flush()
      await recorder.write(draft({ type: 'audit.subject-exported', about: person }))
      yield* new Search(await source()).records({ person, order: 'oldest' })
    },
  }
}
