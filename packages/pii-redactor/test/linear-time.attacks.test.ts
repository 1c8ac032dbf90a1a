import { createEnvironment } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { piiRedactor } from '@sallyport/pii-redactor'

const pii = piiRedactor({ env: createEnvironment(), budget: 60_000 })

/** What a detector reads again and again, if anything: starts of matches that never end. */
const adversarial: Readonly<Record<string, string>> = {
  digits: '1',
  'grouped digits': '1 ',
  'dashed digits': '1-',
  'dotted digits': '1.',
  'card groups': '4111 1111 1111 1112 ',
  letters: 'a',
  capitals: 'A',
  'capital words': 'Aa ',
  'at signs': '@',
  'local parts': 'a@',
  'dotted locals': 'a.',
  domains: '@a.',
  colons: ':',
  'hex groups': 'a:',
  schemes: 'a://',
  slashes: '/',
  dashes: '-',
  armour: '-----BEGIN PRIVATE KEY-----',
  streets: '12 Main Oak Elm Pine High Long ',
  'european streets': 'Calle de la Mayor de la Paz ',
  'given names': 'John ',
  titles: 'Mr. ',
  labels: 'password: ',
  'labels with filler': 'passport number no ',
  quotes: '"password":"',
  tokens: 'eyJ',
  'token parts': 'eyJhbGciOiJ.',
  keys: 'sk-',
  'plus signs': '+1',
  parentheses: '(1',
  ibans: 'DE89 ',
  coordinates: '1.11,',
  'wide letters': 'é',
  'broken pairs': '\ud83d',
  spaces: ' ',
  'new lines': '\n',
  births: 'born 1 ',
}

function cpuOf(text: string): number {
  const before = process.cpuUsage()
  pii.find(text)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

describe('attack: a text that makes a pattern slow', () => {
  it.each(Object.entries(adversarial))('%s cost the same per byte at any length', (_name, unit) => {
    const of = (length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
    for (const size of [2000, 8000]) pii.find(of(size))
    const small = Math.max(cpuOf(of(100_000)), 500)
    const large = cpuOf(of(1_000_000))
    // Ten times the length; a quadratic pattern would take a hundred times as long.
    expect(large / small).toBeLessThan(45)
  })
})
