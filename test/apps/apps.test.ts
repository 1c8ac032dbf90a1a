import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guards } from './gates.ts'
import { run, type Run } from './run.ts'
import type { Subject } from './subject.ts'

const folder = new URL('subjects/', import.meta.url)

for (const file of readdirSync(folder)) {
  const { subjects } = (await import(new URL(file, folder).href)) as { readonly subjects: readonly Subject[] }
  for (const subject of subjects) {
    describe(`${subject.name}, to its clients`, () => {
      let bare: Promise<Run> | undefined
      for (const guard of guards) {
        it(`is the same behind ${guard.name}`, async () => {
          const expected = await (bare ??= run(subject, []))
          expect(await run(subject, guard.make())).toEqual(expected)
        })
      }
    })
  }
}
