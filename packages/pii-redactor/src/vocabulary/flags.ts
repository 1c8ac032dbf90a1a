/** What a word says of what stands near it. */
export const PHONE: number = 1
export const CARD: number = 1 << 1
export const NATIONAL: number = 1 << 2
export const BIRTH: number = 1 << 3
export const PASSPORT: number = 1 << 4
export const LICENCE: number = 1 << 5
export const SECRET: number = 1 << 6
export const NAME: number = 1 << 7
export const ADDRESS: number = 1 << 8
export const BANK: number = 1 << 9
export const GEO: number = 1 << 10
/** Numbers near it are of things, not of people. */
export const THING: number = 1 << 11
export const TITLE: number = 1 << 12
export const GIVEN: number = 1 << 13
export const STREET: number = 1 << 14
export const STREET_FIRST: number = 1 << 15
export const MONTH: number = 1 << 16
export const GREETING: number = 1 << 17
/** Capitalised words that are no names. */
export const COMMON: number = 1 << 18
export const VERSION: number = 1 << 19
/** Labels of a whole name, which stand for nothing else. */
export const PERSON: number = 1 << 20
/** Words such as key and token, which label a secret only with a sign behind them. */
export const WEAK_SECRET: number = 1 << 21
/** What makes of `name` the name of a thing. */
export const NOT_PERSON: number = 1 << 22
/** What makes of `name` the name of a person. */
export const FORE: number = 1 << 23

/** Flags that are remembered with the place of the word. */
export const REMEMBERED: number =
  PHONE |
  CARD |
  NATIONAL |
  BIRTH |
  PASSPORT |
  LICENCE |
  SECRET |
  NAME |
  ADDRESS |
  BANK |
  GEO |
  THING |
  VERSION |
  NOT_PERSON
/** Flags for which something is done at the word. */
export const ACTIVE: number =
  BIRTH |
  PASSPORT |
  LICENCE |
  SECRET |
  NAME |
  ADDRESS |
  BANK |
  GEO |
  TITLE |
  GIVEN |
  STREET_FIRST |
  GREETING |
  PERSON |
  WEAK_SECRET |
  CARD |
  NATIONAL
