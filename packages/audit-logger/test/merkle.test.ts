import { readFileSync } from 'node:fs'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../src/merkle/checkpoint.ts'
import { leafHash } from '../src/merkle/hash.ts'
import { openNote, readVkey } from '../src/merkle/note.ts'
import { isConsistent, Prover, rootFromInclusion } from '../src/merkle/proof.ts'
import { bundleOf, hashesIn, tilePath, tilesAt } from '../src/merkle/tile.ts'
import { Tree, type Tile } from '../src/merkle/tree.ts'
import { refusal } from './support.ts'

interface Vectors {
  inclusion: {
    leafIdx: number
    treeSize: number
    root: string
    leafHash: string
    proof: string[] | null
    desc: string
    wantErr: boolean
  }[]
  consistency: {
    size1: number
    size2: number
    root1: string
    root2: string
    proof: string[] | null
    desc: string
    wantErr: boolean
  }[]
}

// Published with github.com/transparency-dev/merkle (Apache-2.0), the library of the Go tools.
const vectors = JSON.parse(readFileSync(new URL('vectors/rfc6962-proofs.json', import.meta.url), 'utf8')) as Vectors
const bytes = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64')
const path = (proof: string[] | null): Buffer[] => (proof ?? []).map(bytes)

/** RFC 6962, section 2.1, as it is written, with another implementation of the hash. */
function treeHash(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return sha256(new Uint8Array())
  if (entries.length === 1) return sha256(Uint8Array.of(0, ...entries[0]!))
  let k = 1
  while (k * 2 < entries.length) k *= 2
  return sha256(Uint8Array.of(1, ...treeHash(entries.slice(0, k)), ...treeHash(entries.slice(k))))
}

function grown(size: number): { tree: Tree; entries: Buffer[]; prover: Prover } {
  const tiles = new Map<string, Tile>()
  const tree = new Tree((tile) => tiles.set(`${tile.level}/${tile.n}`, tile))
  const entries = Array.from({ length: size }, (_, i) => Buffer.from(`entry ${i}`))
  for (const entry of entries) tree.append(entry)
  for (const tile of tree.partial) tiles.set(`${tile.level}/${tile.n}`, tile)
  const prover = new Prover(size, (level, n, width) =>
    Promise.resolve(hashesIn(tiles.get(`${level}/${n}`)!.hashes).slice(0, width)),
  )
  return { tree, entries, prover }
}

describe('published vectors', () => {
  it.each(vectors.inclusion.map((one, i) => [i, one.desc, one] as const))('inclusion %d: %s', (_, __, one) => {
    const hash = bytes(one.leafHash)
    const sized = hash.byteLength === 32 && path(one.proof).every((each) => each.byteLength === 32)
    const root = sized ? rootFromInclusion(one.leafIdx, one.treeSize, hash, path(one.proof)) : undefined
    expect(root !== undefined && Buffer.compare(root, bytes(one.root)) === 0).toBe(!one.wantErr)
  })

  it.each(vectors.consistency.map((one, i) => [i, one.desc, one] as const))('consistency %d: %s', (_, __, one) => {
    const [first, second] = [
      { size: one.size1, root: bytes(one.root1) },
      { size: one.size2, root: bytes(one.root2) },
    ]
    const sized = path(one.proof).every((each) => each.byteLength === 32)
    expect(sized && isConsistent(first, second, path(one.proof))).toBe(!one.wantErr)
  })

  it('the note and key of C2SP signed-note', () => {
    const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    const note =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
    expect(openNote(note, [readVkey(vkey)]).text).toBe('This is an example message.\n')
    expect(refusal(() => openNote(note.replace('example message', 'other message'), [readVkey(vkey)]))).toMatch(
      /^ERR_AUDIT_PROOF/,
    )
    expect(refusal(() => readVkey(vkey.replace('530d903a', '530d903b')))).toMatch(/^ERR_AUDIT_PROOF/)
  })

  it('the sizes and paths of C2SP tlog-tiles', () => {
    expect(tilePath(0, 1_234_067)).toBe('tile/0/x001/x234/067')
    expect(tilePath('entries', 0, 112)).toBe('tile/entries/000.p/112')
    expect([0, 1, 2].map((level) => tilesAt(70_000, level))).toEqual([
      { full: 273, partial: 112 },
      { full: 1, partial: 17 },
      { full: 0, partial: 1 },
    ])
    expect(tilesAt(256, 1)).toEqual({ full: 0, partial: 1 })
    expect(bundleOf([Buffer.from('ab'), Buffer.from('c')]).toString('latin1')).toBe('\0\u0002ab\0\u0001c')
  })
})

describe('a tree', () => {
  it('has the root of RFC 6962 at every size', () => {
    const { entries } = grown(600)
    const tree = new Tree()
    for (const [i, entry] of entries.entries()) {
      tree.append(entry)
      if (i < 40 || i % 97 === 0 || i > 590)
        expect(Buffer.from(tree.root())).toEqual(Buffer.from(treeHash(entries.slice(0, i + 1))))
    }
    expect(Buffer.from(new Tree().root())).toEqual(Buffer.from(treeHash([])))
  })

  it('can be taken up at any size', () => {
    const { tree, entries } = grown(70_000)
    const half = new Tree()
    for (const entry of entries.slice(0, 66_000)) half.append(entry)
    const levels: (readonly Uint8Array[])[] = []
    for (const { level, hashes } of half.partial) levels[level] = hashesIn(hashes)
    const again = new Tree()
    again.restore(
      66_000,
      Array.from(levels, (one) => one ?? []),
    )
    for (const entry of entries.slice(66_000)) again.append(entry)
    expect(again.root()).toEqual(tree.root())
  })

  it('proves every record, and every earlier state', async () => {
    for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 300, 66_000]) {
      const { tree, entries, prover } = grown(size)
      const root = tree.root()
      for (const index of new Set([0, 1, size >> 1, size - 2, size - 1])) {
        if (index < 0 || index >= size) continue
        const proof = await prover.inclusion(index)
        expect(rootFromInclusion(index, size, leafHash(entries[index]!), proof), `${index} of ${size}`).toEqual(root)
      }
      for (const earlier of new Set([1, 2, size >> 1, size - 1, size])) {
        if (earlier < 1 || earlier > size) continue
        const first = { size: earlier, root: grown(earlier).tree.root() }
        const proof = await prover.consistency(earlier)
        expect(isConsistent(first, { size, root }, proof), `${earlier} in ${size}`).toBe(true)
      }
    }
  })

  it('proves nothing that is not so, however a proof is bent', async () => {
    const { tree, entries, prover } = grown(300)
    const proof = await prover.inclusion(123)
    fc.assert(
      fc.property(fc.nat(proof.length - 1), fc.nat(255), (i, bit) => {
        const bent = proof.map((hash) => Buffer.from(hash))
        bent[i]![bit >> 3]! ^= 1 << (bit & 7)
        expect(rootFromInclusion(123, 300, leafHash(entries[123]!), bent)).not.toEqual(tree.root())
      }),
    )
  })
})

it('a checkpoint is read strictly', () => {
  const root = Buffer.alloc(32).toString('base64')
  expect(readCheckpoint(`log\n12\n${root}\n`).size).toBe(12)
  for (const bad of [
    `log\n012\n${root}\n`,
    `log\n-1\n${root}\n`,
    `\n1\n${root}\n`,
    'log\n1\nAAAA\n',
    `log\n1\n${root}`,
  ]) {
    expect(
      refusal(() => readCheckpoint(bad)),
      bad,
    ).toMatch(/^ERR_AUDIT_PROOF/)
  }
})
