import { randomFillSync } from 'node:crypto'

/**
 * What a token is known by in the cache: four sums of its length and its characters, each pair of these times a random number that only
 * this process knows. That two different tokens have the same mark has a probability of 2^-104, whatever their authors try
 * (universal hashing: Carter and Wegman, 1979). No token can be read from its mark.
 *
 * The four take the same row of random numbers, each from one place further on (Krawczyk, "LFSR-based Hashing and Authentication", 1994:
 * Toeplitz). Where the last differing pair stands, every sum has a number that the sums before it do not have, so that each of them is met
 * with a probability of 2^-26 of its own; and the processor reads a quarter of the memory.
 *
 * SHA-256 would do as well. What it costs is less the hashing than the way into the library and back: on a busy server, where
 * nothing of that is in the processor's caches, it is more than all the rest of a warm request.
 */
export type TokenMark = Readonly<Float64Array>

/** The mark that was made last. One for all, so that marking allocates nothing: whoever wants to keep it copies it. */
const mark = new Float64Array(4)

/**
 * Longest token that is marked, in bytes. A pair has 15 bits, a factor 26, and there are 2^12 pairs: the sums are whole numbers of at most 53
 * bits, which JavaScript adds without rounding.
 */
const LONGEST = 8192

/** Room for three bytes to a character, so that nothing is ever cut off and then taken for ASCII. */
const bytes = Buffer.from(new ArrayBuffer(3 * LONGEST))
/** The same memory, two characters at a time. */
const pairs = new Uint16Array(bytes.buffer, 0, LONGEST / 2)

const factors = new Float64Array(LONGEST / 2 + 3)
let drawn = false

/** At first use, so that an import does not wait for it. */
function draw(): void {
  drawn = true
  const random = randomFillSync(new Uint32Array(factors.length))
  for (let i = 0; i < factors.length; i++) factors[i] = random[i]! >>> 6
}

/**
 * The mark of a token, until the next one is made; `undefined` of what is too long to be marked, or not ASCII and therefore no token.
 */
export function markOf(token: string): TokenMark | undefined {
  if (!drawn) draw()
  const { length } = token
  // Only ASCII has as many bytes in UTF-8 as it has characters: there is one spelling to a mark.
  if (length > LONGEST) return undefined
  if (bytes.write(token) !== length) return void bytes.fill(0)
  let first = length
  let second = length
  let third = length
  let fourth = length
  let a = factors[0]!
  let b = factors[1]!
  let c = factors[2]!
  const count = (length + 1) >> 1
  for (let i = 0; i < count; i++) {
    const pair = pairs[i]!
    // No token stays in memory, and the next one of odd length begins on clean ground.
    pairs[i] = 0
    const d = factors[i + 3]!
    first += pair * a
    second += pair * b
    third += pair * c
    fourth += pair * d
    a = b
    b = c
    c = d
  }
  mark[0] = first
  mark[1] = second
  mark[2] = third
  mark[3] = fourth
  return mark
}

/** Whether two marks, each at a place in a list, are the same. Compares all of it, so that how long that takes tells nothing. */
export function sameMark(ones: TokenMark, at: number, others: TokenMark, otherAt: number): boolean {
  let differing = 0
  for (let i = 0; i < 4; i++) differing += Number(ones[at + i] !== others[otherAt + i])
  return differing === 0
}
