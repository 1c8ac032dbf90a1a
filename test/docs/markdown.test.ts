import { describe, expect, it } from 'vitest'
import { fencesOf, nameIn, tablesOf } from './markdown.ts'
import { optionsOf } from './option-types.ts'

const text = `# Title

<!-- ts
declare const app: unknown
-->

\`\`\`ts run
use(app)
\`\`\`

## Errors

| Code | Status |
|------|--------|
| \`ERR_A\` | 401 \\| 403 |

\`\`\`sh
| no | table |
|----|-------|
\`\`\`
`

describe('reading a document', () => {
  it('finds code with its place and what stands hidden before it', () => {
    expect(fencesOf('a.md', text)).toEqual([
      { path: 'a.md', line: 8, info: 'ts run', code: 'use(app)\n', prelude: 'declare const app: unknown\n' },
      { path: 'a.md', line: 18, info: 'sh', code: '| no | table |\n|----|-------|\n', prelude: '' },
    ])
  })

  it('finds tables with their heading, and none in code', () => {
    expect(tablesOf('a.md', text)).toEqual([
      { path: 'a.md', line: 13, heading: 'Errors', header: ['code', 'status'], rows: [['`ERR_A`', '401 | 403']] },
    ])
  })

  it('takes the name out of a cell', () => {
    expect(nameIn('`audience` (required)')).toBe('audience')
    expect(nameIn('401')).toBe('401')
  })

  it('finds option types with what they are made of', () => {
    const index = `export type { AOptions, BOptions } from './a.ts'`
    const source = `export interface AOptions extends Base { readonly one?: string; two(): void; readonly x?: never }
interface Base { readonly env?: string }
type BOptions = Base & ({ three: 1; four?: never } | (Four & Base))
interface Four { readonly four: 2 }
export interface HiddenOptions { readonly y: string }`
    const sources = [
      { path: 'packages/a/src/index.ts', text: index },
      { path: 'packages/a/src/a.ts', text: source },
    ]
    expect(optionsOf(sources)).toEqual([
      { name: 'AOptions', names: ['one', 'two', 'env'] },
      { name: 'BOptions', names: ['three', 'env', 'four'] },
    ])
  })
})
