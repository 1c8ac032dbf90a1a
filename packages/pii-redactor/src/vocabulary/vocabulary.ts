import { WordTable } from '../engine/word-table.ts'
import { contextWords } from './context-words.ts'
import { peopleWords } from './people-words.ts'

/** All words that mean something to a detector. */
export const vocabulary: WordTable = new WordTable([...contextWords, ...peopleWords])
