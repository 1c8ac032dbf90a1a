/** What can be found. */
export type Entity =
  | 'EMAIL'
  | 'PHONE'
  | 'CARD'
  | 'IBAN'
  | 'BANK_ACCOUNT'
  | 'IP'
  | 'URL'
  | 'NATIONAL_ID'
  | 'PASSPORT'
  | 'DRIVING_LICENCE'
  | 'DATE_OF_BIRTH'
  | 'NAME'
  | 'ADDRESS'
  | 'COORDINATES'
  | 'SECRET'

export const entities: readonly Entity[] = [
  'EMAIL',
  'PHONE',
  'CARD',
  'IBAN',
  'BANK_ACCOUNT',
  'IP',
  'URL',
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVING_LICENCE',
  'DATE_OF_BIRTH',
  'NAME',
  'ADDRESS',
  'COORDINATES',
  'SECRET',
]

/** How much harm a disclosure does, from none to most. */
export type DataClass = 'public' | 'internal' | 'confidential' | 'restricted' | 'top-secret'

export const dataClasses: readonly DataClass[] = ['public', 'internal', 'confidential', 'restricted', 'top-secret']

/** The class of each entity, where the app does not say otherwise. */
export const classOf: Readonly<Record<Entity, DataClass>> = {
  EMAIL: 'confidential',
  PHONE: 'confidential',
  CARD: 'restricted',
  IBAN: 'restricted',
  BANK_ACCOUNT: 'restricted',
  IP: 'internal',
  URL: 'top-secret',
  NATIONAL_ID: 'restricted',
  PASSPORT: 'restricted',
  DRIVING_LICENCE: 'restricted',
  DATE_OF_BIRTH: 'confidential',
  NAME: 'confidential',
  ADDRESS: 'confidential',
  COORDINATES: 'confidential',
  SECRET: 'top-secret',
}

/** One place in a text. `end` is behind the last UTF-16 unit. */
export interface Span {
  readonly start: number
  readonly end: number
  /** One of `Entity`, or the name that a detector of the app gave. */
  readonly entity: string
  /** How sure, from 0 to 1. */
  readonly score: number
}
