import type { Draft } from '../log/messages.ts'
import type { AuditEvent, AuditReceipt } from '../record/event.ts'
import type { LogSource } from '../read/log-reader.ts'
import type { Recorder } from '../recorder.ts'
import { isHeld, type Hold } from './holds.ts'
import { planRetention, type RetentionOptions } from './retention.ts'

/** What was deleted and compressed. */
export interface Retained {
  /** The oldest record that is kept. */
  readonly oldest: number
  readonly deletedSegments: number
  readonly archivedSegments: number
  /** Whether a legal hold kept anything from being deleted. */
  readonly held: boolean
}

/** How long records are kept. */
export interface Keeping {
  retain(): Promise<Retained>
  hold(name: string, hold?: Hold): Promise<AuditReceipt>
  release(name: string): Promise<AuditReceipt>
}

/** What it is made with. */
export interface KeepingSettings {
  readonly options: RetentionOptions
  readonly recorder: Recorder
  readonly draft: (event: AuditEvent) => Draft
  readonly source: () => Promise<LogSource>
  readonly now: () => number
}

export function keepingOf({ options, recorder, draft, source, now }: KeepingSettings): Keeping {
  return {
    async retain() {
      await recorder.flush()
      const log = await source()
      const held = await isHeld(log, now())
      const { deleteBefore, archiveBefore } = await planRetention(log, options, now())
      const before = (await log.pieces())[0] ?? 0
      let deletedSegments = 0
      if (!held && deleteBefore > before) {
        // Recorded first: records that are gone without a word look like an attack.
        await recorder.write(
          draft({ type: 'audit.pruned', actor: null, detail: { oldest: deleteBefore, days: options.days ?? 2555 } }),
        )
        deletedSegments = (await recorder.order({ do: 'prune', before: deleteBefore })).segments
      }
      let archivedSegments = 0
      while ((await recorder.order({ do: 'archive', before: archiveBefore })).segments > 0) archivedSegments++
      const oldest = deletedSegments > 0 ? deleteBefore : before
      return { oldest, deletedSegments, archivedSegments, held }
    },
    hold(name, { until } = {}) {
      const ends = until !== undefined && { until: new Date(until).toISOString() }
      return recorder.write(draft({ type: 'audit.hold', detail: { name, change: 'set', ...ends } }))
    },
    release: (name) => recorder.write(draft({ type: 'audit.hold', detail: { name, change: 'lifted' } })),
  }
}
