import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
  copyFile,
  symlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { bytes, HOUR, openStore, put, read, refusalOf, startOther, tempFolder, tempPath } from './support.ts'

/** Longer than a removed file is still trusted to be there, in milliseconds. */
const LONGER_THAN_TRUST = 150

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

async function filled(path: string): Promise<Store> {
  const store = openStore(path)
  await store.commit('p', [put('k', 'v', { owner: 'o' })])
  await store.append('log', bytes('r'), { ttl: HOUR })
  return store
}

/** Whether nothing of what `filled` wrote is there. */
async function expectBlank(store: Store): Promise<void> {
  expect(await read(store, 'k')).toBeUndefined()
  expect(await store.listOwned('p', 'o')).toEqual([])
  expect(await store.readSince('log', 0)).toMatchObject({ records: [], last: 0 })
}

describe('the file', () => {
  it('is made with its folders at the first call, for their owner alone', async () => {
    const folder = join(await tempFolder(), 'deep', 'deeper')
    const path = join(folder, 'store.db')
    const store = openStore(path)
    await expect(stat(folder)).rejects.toThrow('ENOENT')
    await filled(path)
    await store.generation()
    for (const one of [folder, dirname(folder)]) expect(await modeOf(one)).toBe('700')
    for (const one of ['', '-wal', '-shm']) expect(await modeOf(path + one), one).toBe('600')
  })

  it('and its folder keep the permissions that they have', async () => {
    const folder = join(await tempFolder(), 'shared')
    await mkdir(folder)
    await chmod(folder, 0o750)
    const path = join(folder, 'store.db')
    await writeFile(path, '')
    await chmod(path, 0o640)
    await filled(path)
    expect(await modeOf(folder)).toBe('750')
    expect(await modeOf(path)).toBe('640')
    expect(await modeOf(`${path}-wal`)).toBe('640')
  })

  it('is one file when the last one has closed it, and is the same store when it is opened again', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const born = await store.generation()
    const before = await store.get({ partition: 'p', id: 'k' })
    await store.close()
    expect(await readdir(dirname(path))).toEqual(['store.db'])
    const again = openStore(path)
    expect(await again.generation()).toEqual(born)
    expect(await again.get({ partition: 'p', id: 'k' })).toEqual(before)
    expect(await again.append('log', bytes('r'), { ttl: HOUR })).toBe(2)
  })

  it('may be named by a relative path, which a change of folder does not move', async () => {
    const folder = await tempFolder()
    const here = process.cwd()
    const other = openStore(join(folder, 'store.db'))
    await other.commit('p', [put('k', 'v')])
    process.chdir(folder)
    try {
      const store = openStore('store.db')
      process.chdir(here)
      expect(await read(store, 'k')).toBe('v')
    } finally {
      process.chdir(here)
    }
  })

  it('may be a symbolic link', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const link = join(await tempFolder(), 'link.db')
    await symlink(path, link)
    const linked = openStore(link)
    expect(await read(linked, 'k')).toBe('v')
    await linked.commit('p', [put('k', 'by the link')])
    expect(await read(store, 'k')).toBe('by the link')
  })

  it('is cut back after much was written, as far as nobody reads', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const value = new Uint8Array(1_048_576)
    for (let i = 0; i < 24; i++) await store.commit('p', [{ put: `k${i % 4}`, value, ttl: HOUR }])
    // 24 MiB went through it.
    expect((await stat(`${path}-wal`)).size).toBeLessThan(20_000_000)
  })
})

describe('a file that is lost under a running store', () => {
  it.each([
    ['removed', (path: string) => rm(path)],
    [
      'removed with all that is beside it',
      async (path: string) => {
        for (const one of ['', '-wal', '-shm']) await rm(path + one)
      },
    ],
    ['moved away', (path: string) => rename(path, `${path}.old`)],
    ['emptied', (path: string) => truncate(path)],
    ['removed with its folder', (path: string) => rm(dirname(path), { recursive: true })],
  ])('and was %s is begun anew, with another birth', async (_, lose) => {
    const path = join(await tempFolder(), 'own', 'store.db')
    const store = await filled(path)
    const reader = openStore(path)
    const born = await store.generation()
    expect(await read(reader, 'k')).toBe('v')
    await lose(path)
    await sleep(LONGER_THAN_TRUST)
    await expectBlank(store)
    await expectBlank(reader)
    const reborn = await store.generation()
    expect(reborn.id).not.toBe(born.id)
    expect(reborn.since).toBeGreaterThanOrEqual(born.since)
    expect(await reader.generation()).toEqual(reborn)
    expect(await store.append('log', bytes('r'), { ttl: HOUR })).toBe(1)
    expect((await reader.readSince('log', 0)).generation).toBe(reborn.id)
  })

  it('is found to be lost by whoever only asks for its birth', async () => {
    const path = await tempPath()
    const store = openStore(path)
    const born = await store.generation()
    await rm(path)
    await sleep(LONGER_THAN_TRUST)
    expect((await store.generation()).id).not.toBe(born.id)
  })

  it('acknowledges no write that went with it', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const before = await store.get({ partition: 'p', id: 'k' })
    await rm(path)
    // At once: the write may meet the file as it was, or the one that takes its place.
    const outcome = await store.commit('p', [put('k', 'late', { if: { version: before!.version } })]).then(
      ({ ok }) => ok,
      (thrown: { code: string }) => thrown.code,
    )
    expect([false, 'ERR_STORE_UNAVAILABLE']).toContain(outcome)
    await store.commit('p', [put('k', 'new')])
    expect(await read(store, 'k')).toBe('new')
    expect(await read(openStore(path), 'k')).toBe('new')
  })

  it('and emptied at rest, is another store', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const born = await store.generation()
    await store.close()
    await truncate(path)
    const again = openStore(path)
    await expectBlank(again)
    expect((await again.generation()).id).not.toBe(born.id)
  })

  it('and emptied under several processes, is one new store for all of them', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const others = await Promise.all([startOther(path), startOther(path), startOther(path)])
    await truncate(path)
    await sleep(LONGER_THAN_TRUST)
    const counted = await Promise.all([
      ...others.map((other) => other.ask<number[]>('increment', { id: 'n', times: 20 })),
      ...Array.from({ length: 20 }, () => store.increment({ partition: 'p', id: 'n' }, 1, { ttl: HOUR })),
    ])
    expect(counted.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1))
    await expectBlank(store)
  })
})

describe('a file that is replaced', () => {
  it('by an older copy of itself has another birth: what was revoked since might be good again', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const born = await store.generation()
    await store.close()
    await copyFile(path, `${path}.copy`)
    const later = openStore(path)
    await later.append('log', bytes('revoked'), { ttl: HOUR })
    await later.close()
    const running = openStore(path)
    expect(await running.generation()).toEqual(born)
    for (const one of ['-wal', '-shm']) await rm(path + one, { force: true })
    await rename(`${path}.copy`, path)
    await sleep(LONGER_THAN_TRUST)
    const page = await running.readSince('log', 0)
    expect(page.last).toBe(1)
    expect(page.generation).not.toBe(born.id)
    expect(await read(running, 'k')).toBe('v')
  })

  it('while its -wal stays, is refused: SQLite would mix the two', async () => {
    const path = await tempPath()
    const store = await filled(path)
    const copy = await tempPath()
    const other = await filled(copy)
    await other.close()
    await rename(copy, path)
    await sleep(LONGER_THAN_TRUST)
    for (const call of [() => store.get({ partition: 'p', id: 'k' }), () => store.commit('p', [put('k', 'w')])]) {
      expect(await refusalOf(call())).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_WAL_STALE')
    }
    for (const one of ['-wal', '-shm']) await rm(path + one)
    await store.commit('p', [put('k', 'w')])
    expect(await read(store, 'k')).toBe('w')
  })

  it('and whose -wal and -shm are removed while in use, is written to no more', async () => {
    const path = await tempPath()
    const store = await filled(path)
    for (const one of ['-wal', '-shm']) await rm(path + one)
    await sleep(LONGER_THAN_TRUST)
    expect(await refusalOf(store.commit('p', [put('k', 'w')]))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_WAL_LOST')
    await store.close()
    expect(await read(openStore(path), 'k')).toBe('v')
  })
})

describe('a path that cannot be used', () => {
  it('is refused: a folder, a file in place of a folder, a link to nowhere', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, 'file'), '')
    await symlink(join(folder, 'gone', 'store.db'), join(folder, 'link'))
    for (const path of [folder, join(folder, 'file', 'store.db'), join(folder, 'link')]) {
      const store = openStore(path)
      const refusals = [
        refusalOf(store.generation()),
        refusalOf(store.get({ partition: 'p', id: 'k' })),
        refusalOf(store.commit('p', [put('k', 'v')])),
        refusalOf(store.subscribe('log', () => undefined)),
      ]
      for (const refusal of await Promise.all(refusals)) expect(refusal, path).toMatch(/^503 .*(CANNOT_OPEN|MOVED)$/)
    }
  })

  it('is used as soon as it can be', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, 'data'), '')
    const store = openStore(join(folder, 'data', 'store.db'))
    expect(await refusalOf(store.commit('p', [put('k', 'v')]))).toContain('CANNOT_OPEN')
    await rm(join(folder, 'data'))
    await store.commit('p', [put('k', 'v')])
    expect(await read(store, 'k')).toBe('v')
  })
})

describe('a file that is no store', () => {
  it.each([
    ['a text', 'This is a text of some length, and nothing that SQLite has written.'.repeat(100)],
    ['a damaged head', 'SQLite format 3\0'.padEnd(8192, 'x')],
  ])('such as %s is refused and stays as it is', async (_, content) => {
    const path = await tempPath()
    await writeFile(path, content)
    const store = openStore(path)
    expect(await refusalOf(store.get({ partition: 'p', id: 'k' }))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_DAMAGED')
    expect(await refusalOf(store.commit('p', [put('k', 'v')]))).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_DAMAGED')
    expect(await readFile(path, 'latin1')).toBe(content)
  })

  it('a damaged page is answered with 503, never with a guess or a new file', async () => {
    const path = await tempPath()
    const store = openStore(path)
    for (let i = 0; i < 20; i++) {
      await store.commit(
        'p',
        Array.from({ length: 50 }, (_, j) => put(`k${i}-${j}`, 'x'.repeat(200))),
      )
    }
    const born = await store.generation()
    await store.close()
    const content = await readFile(path)
    // All but the first page, which holds the schema.
    content.fill(0x5a, 4096)
    await writeFile(path, content)
    const again = openStore(path)
    for (const call of [
      () => again.get({ partition: 'p', id: 'k1-1' }),
      () => again.listOwned('p', 'o'),
      () => again.commit('p', [put('k1-1', 'v')]),
      () => again.append('log', bytes('r'), { ttl: HOUR }),
      () => again.generation(),
    ]) {
      expect(await refusalOf(call())).toBe('503 ERR_STORE_UNAVAILABLE ERR_SQLITE_DAMAGED')
    }
    await again.close()
    expect((await readFile(path)).equals(content)).toBe(true)
    expect(born.id).not.toBe('')
  })
})
