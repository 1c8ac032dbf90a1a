import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryOnly, startEmbeddedIssuer } from '@sallyport/example-orders'
import { express, koa, start, startCutOff, type Listener } from './apps.ts'
import { mintTokens } from './callers.ts'
import { COMMAND } from './command.ts'
import type { Paint } from './colour.ts'
import { tableOf } from './table.ts'
import { walk, type Row } from './walk.ts'
import { wrap } from './wrap.ts'

type Print = (text: string) => void

/** Walks through both examples. Gives the exit code: 0 when every answer was as expected. */
export async function runWalks(print: Print, paint: Paint, width: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  const issuer = await startEmbeddedIssuer()
  try {
    const intro = `Sallyport guards the same orders API on Express and on Koa. Every request is real HTTP on 127.0.0.1; tokens are checked with the public key from ${issuer.jwksUri}; logouts are kept in ${memoryOnly ?? 'SQLite'}`
    const lines = wrap(intro, width - 4, 3).map((line) => `   ${line}`)
    print(['', ...lines].join('\n'))
    const rows = [
      ...(await runWalk('Express 5', express, join(folder, 'express.json'))),
      ...(await runWalk('Koa 3', koa, join(folder, 'koa.json'))),
    ]
    return summarise(rows)
  } finally {
    await issuer.close()
    await rm(folder, { recursive: true })
  }

  async function runWalk(name: string, listener: Listener, file: string): Promise<Row[]> {
    const [app, cutOff] = [await start(listener, issuer, file), await startCutOff(listener, `${file}.cut-off`)]
    const table = tableOf(width, paint)
    print(`\n\n   ${paint.bold(name)} on ${app.url}\n\n${table.heading()}`)
    const rows: Row[] = []
    try {
      for await (const row of walk({ url: app.url, tokens: await mintTokens(issuer), keysDown: cutOff })) {
        const before = rows.at(-1)?.stage
        if (row.stage !== before) print(`${before ? '\n' : ''}${table.stage(row.stage)}`)
        print(table.row(row))
        rows.push(row)
      }
    } finally {
      await app.close()
      await cutOff.close()
    }
    return rows
  }

  function summarise(rows: readonly Row[]): number {
    const wrong = rows.filter((row) => row.wrong !== undefined).length
    if (wrong > 0) {
      print(
        `\n ${paint.red('✗')} ${paint.bold(`${wrong} of ${rows.length} requests were not answered as expected.`)}\n`,
      )
      return 1
    }
    print(`\n ${paint.green('✓')} ${paint.bold(`All ${rows.length} requests were answered as expected.`)}`)
    print(`
   The code    examples/express-api/src/app.ts, examples/koa-api/src/app.ts
   By hand     ${COMMAND} --serve
`)
    return 0
  }
}
