import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guards } from './gates.ts'
import { run } from './run.ts'
import type { Subject } from './subject.ts'

const folder = new URL('subjects/', import.meta.url)

for (const file of readdirSync(folder)) {
  const { subjects } = (await import(new URL(file, folder).href)) as { readonly subjects: readonly Subject[] }
  for (const subject of subjects) {
    describe(`${subject.name}, to its clients`, () => {
      for (const guard of guards) {
        it(`is the same behind ${guard.name}`, async () => {
          const bare = await run(subject, [])
          expect(await run(subject, guard.make())).toEqual(bare)
        })
      }
    })
  }
}
