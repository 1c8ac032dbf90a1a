import { checkOptions, optionError, type Clock, type OptionRules } from '@sallyport/core'

/** Options of `createSqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * The file, on a local disk. It and its folder are made where there are none, for their owner alone (0600, 0700). SQLite keeps two more
   * beside it while it is in use, `-wal` and `-shm`.
   */
  readonly path: string
  /** By whose time entries end. All processes that share a file need the same time. @default the machine's clock */
  readonly clock?: Clock
}

const rules: OptionRules<SqliteStoreOptions> = {
  path: { accepts: "the path of a file, such as '/var/lib/app/sallyport.db'", test: isPath },
  clock: { accepts: 'a clock with now() and after()', test: (v) => typeof (v as Clock | null)?.after === 'function' },
}

/** @throws SecurityError ERR_OPTION */
export function checkSqliteStoreOptions(options: unknown): asserts options is SqliteStoreOptions {
  checkOptions<SqliteStoreOptions>('createSqliteStore', options, rules)
  if (options.path === undefined) throw optionError('createSqliteStore', 'path', undefined, rules.path)
}

/** SQLite would take some names for a database in memory and others for a URL. */
function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0') && !/^(:memory:$|file:)/i.test(value)
}
