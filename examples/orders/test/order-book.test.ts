import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openOrderBook, type NewOrder } from '@sallyport/example-orders'
import { beforeEach, describe, expect, it } from 'vitest'
import { crashOnRename } from './crash-on-rename.ts'
import { tempFolder } from './temp-folder.ts'

const anvil: NewOrder = { customer: 'Acme', item: 'Anvil', quantity: 2, price: 4999 }

let folder: string
let file: string
beforeEach(async () => {
  folder = await tempFolder()
  file = join(folder, 'data', 'orders.json')
})

describe('openOrderBook', () => {
  it('keeps what was created, changed and removed across a restart', async () => {
    const book = await openOrderBook(file)
    const kept = await book.create(anvil, 'carl')
    const changed = await book.create(anvil, 'carl')
    const removed = await book.create(anvil, 'carl')
    await book.update(changed.id, { ...anvil, quantity: 3 })
    await book.remove(removed.id)

    const reopened = await openOrderBook(file)
    expect(reopened.list()).toEqual(book.list())
    expect(reopened.get(kept.id)).toEqual(kept)
    expect(reopened.get(changed.id)).toMatchObject({ quantity: 3, createdBy: 'carl', createdAt: changed.createdAt })
    expect(() => reopened.get(removed.id)).toThrow('no such order')
  })

  it('loses none of 100 concurrent changes', async () => {
    const book = await openOrderBook(file)
    const first = await book.create(anvil, 'carl')
    await Promise.all([
      ...Array.from({ length: 99 }, (_, i) => book.create({ ...anvil, quantity: i + 1 }, 'carl')),
      book.update(first.id, { ...anvil, item: 'Rocket' }),
    ])

    const orders = (await openOrderBook(file)).list()
    expect(orders).toHaveLength(100)
    expect(new Set(orders.map(({ id }) => id)).size).toBe(100)
    expect(orders[0]).toMatchObject({ id: first.id, item: 'Rocket' })
  })

  it('has the old file when the process dies between draft and rename', async () => {
    const book = await openOrderBook(file)
    const kept = await book.create(anvil, 'carl')

    expect(await crashingCreate(file)).toBe('SIGKILL')
    expect(await readdir(join(folder, 'data'))).toEqual(['orders.json', 'orders.json.tmp'])

    const reopened = await openOrderBook(file)
    expect(reopened.list()).toEqual([kept])
    await reopened.create(anvil, 'carl')
    expect((await openOrderBook(file)).list()).toHaveLength(2)
    expect(await readdir(join(folder, 'data'))).toEqual(['orders.json'])
  })

  it('tells of a write that failed, keeps what it had, and goes on', async () => {
    const book = await openOrderBook(file)
    const kept = await book.create(anvil, 'carl')
    // A folder in the draft's place: no right and no full disk is needed to fail, and root fails too.
    await mkdir(`${file}.tmp`)

    await expect(book.create(anvil, 'carl')).rejects.toThrow('EISDIR')
    expect(book.list()).toEqual([kept])

    await rm(`${file}.tmp`, { recursive: true })
    await book.create(anvil, 'carl')
    expect((await openOrderBook(file)).list()).toHaveLength(2)
  })

  it('refuses a file that holds no order book, and leaves it as it is', async () => {
    await mkdir(join(folder, 'data'))
    for (const content of ['', '{"version":1,"orders":[', 'null', '[]', '{"version":2,"orders":[]}']) {
      await writeFile(file, content)
      await expect(openOrderBook(file), content).rejects.toThrow(file)
      expect(await readFile(file, 'utf8')).toBe(content)
    }
  })

  it('reports by customer, whatever a customer is called', async () => {
    const book = await openOrderBook(file)
    await book.create(anvil, 'carl')
    await book.create({ ...anvil, customer: '__proto__', quantity: 1 }, 'carl')

    const report = book.report()
    expect(report).toMatchObject({ orders: 2, units: 3, value: 14_997 })
    expect(Object.entries(report.byCustomer)).toEqual([
      ['Acme', { orders: 1, value: 9998 }],
      ['__proto__', { orders: 1, value: 4999 }],
    ])
  })
})

/** Creates an order in a process that dies where the draft would be renamed; gives the signal that ended it. */
function crashingCreate(path: string): Promise<string | null | undefined> {
  const script = `
    import { openOrderBook } from ${JSON.stringify(import.meta.resolve('@sallyport/example-orders'))}
    const book = await openOrderBook(${JSON.stringify(path)})
    await book.create(${JSON.stringify(anvil)}, 'carl')`
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', crashOnRename, '--input-type=module', '-e', script], (error) => {
      resolve(error?.signal as string | null | undefined)
    })
  })
}
