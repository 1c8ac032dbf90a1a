import type { Clock } from '@sallyport/core'
import type { Birth } from './birth.ts'
import { unavailable } from './errors.ts'
import type { Answers, Question } from './messages.ts'
import type { NodeSqlite } from './node-sqlite.ts'
import { Reader } from './reader.ts'
import { codeOf } from './trouble.ts'
import { Writer } from './writer.ts'

/** An answer, and the generation of the file that gave it. */
export interface Answered<Kind extends keyof Answers> {
  readonly answer: Answers[Kind]
  readonly generation: string
}

/** The way to one file: a writer, and a reader of the file that the writer has opened for as long as it is at the path. */
export class Connection {
  readonly writer: Writer
  readonly #sqlite: NodeSqlite
  readonly #path: string
  readonly #clock: Clock
  #birth: Birth | undefined
  #reader: Reader | undefined

  constructor(sqlite: NodeSqlite, path: string, clock: Clock) {
    this.#sqlite = sqlite
    this.#path = path
    this.#clock = clock
    this.writer = new Writer(path, clock, (birth) => this.#begin(birth))
  }

  /** The file's birth; opens it if need be. @throws SecurityError ERR_STORE_UNAVAILABLE (503) */
  async birth(): Promise<Birth> {
    return this.#try(() => this.reader()?.birth) ?? (await this.#open())
  }

  /** Asks on this thread; `undefined` when that cannot be done now, for whatever reason. */
  read<Q extends Question>(question: Q): Answered<Q['do']> | undefined {
    return this.#try(() => this.#answer(question))
  }

  /**
   * As `read`, but opens the file if need be, and where another process is in the way asks the writer, which can wait.
   * @throws SecurityError ERR_STORE_UNAVAILABLE (503)
   */
  async ask<Q extends Question>(question: Q): Promise<Answered<Q['do']>> {
    const { generation } = await this.#open()
    try {
      const found = this.#answer(question)
      if (found !== undefined) return found
    } catch (thrown) {
      const code = codeOf(thrown)
      if (code !== 'ERR_SQLITE_BUSY') {
        this.#forget()
        throw unavailable(code)
      }
    }
    return { answer: await this.writer.submit(question), generation: this.#birth?.generation ?? generation }
  }

  /**
   * A reader, unless no file is open or it has gone.
   * @throws Trouble, or the exception of SQLite
   */
  reader(): Reader | undefined {
    if (this.#reader?.gone === true) this.#forget()
    if (this.#birth === undefined) return undefined
    return (this.#reader ??= new Reader(this.#sqlite, this.#path, this.#birth, this.#clock))
  }

  async close(): Promise<void> {
    this.#forget()
    await this.writer.close()
  }

  async #open(): Promise<Birth> {
    const birth = await this.writer.submit({ do: 'open' })
    this.#begin(birth)
    return birth
  }

  #try<T>(work: () => T | undefined): T | undefined {
    try {
      return work()
    } catch (thrown) {
      // The file may have gone or been replaced: whoever opens it next finds out.
      if (codeOf(thrown) !== 'ERR_SQLITE_BUSY') this.#forget()
      return undefined
    }
  }

  #answer<Q extends Question>(question: Q): Answered<Q['do']> | undefined {
    const reader = this.reader()
    return reader && { answer: reader.answer(question), generation: reader.birth.generation }
  }

  #begin(birth: Birth): void {
    if (this.#reader !== undefined && this.#reader.birth.fileId !== birth.fileId) this.#forget()
    this.#birth = birth
  }

  #forget(): void {
    this.#reader?.close()
    this.#reader = undefined
    this.#birth = undefined
  }
}
