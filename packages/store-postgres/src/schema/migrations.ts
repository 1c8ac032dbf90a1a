import { quote } from '../identifiers.ts'
import { counterFunctions } from './counter-functions.ts'
import { entryFunctions } from './entry-functions.ts'
import { logFunctions } from './log-functions.ts'
import { tables } from './tables.ts'
import { upkeepFunctions } from './upkeep-functions.ts'

/** The SQL of one migration for a schema. */
export type Migration = (schema: string) => string

/** In order; the version is the place, counted from 1. What was released never changes. */
export const migrations: readonly Migration[] = [
  (schema) => {
    const s = quote(schema)
    return [tables(s), upkeepFunctions(s, schema), entryFunctions(s), counterFunctions(s), logFunctions(s)].join('')
  },
]

/** The version that this package works with. */
export const SCHEMA_VERSION: number = migrations.length
