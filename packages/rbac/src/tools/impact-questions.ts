import { isPattern, sidesOf } from '../permission.ts'
import type { Policy } from '../policy.ts'

/** What a wildcard covers that no policy names. */
const OTHER = 'any-other'

/**
 * The permissions by which two policies can differ, each with how it is shown: all that they name, and for each pattern one that it covers
 * and nobody names.
 */
export function questionsAbout(old: Policy, next: Policy): ReadonlyMap<string, string> {
  const questions = new Map<string, string>()
  if (old.catalogue && next.catalogue) {
    for (const name of [...old.catalogue, ...next.catalogue]) questions.set(name, name)
    return questions
  }
  const texts = [...textsOf(old), ...textsOf(next)]
  const other = unused(texts)
  for (const text of texts) {
    const { resource, action } = sidesOf(text)
    const sides = [resource, action].map((side) => side?.replace(/\*$/, other))
    const permission = sides.filter((side) => side !== undefined).join(':')
    if (isPattern(permission)) questions.set(permission, text)
  }
  return questions
}

function textsOf({ parts: { allow, deny, veils, catalogue } }: Policy): string[] {
  return [...allow.texts(), ...deny.texts(), ...veils.texts(), ...(catalogue ?? [])]
}

function unused(texts: readonly string[]): string {
  let name = OTHER
  while (texts.some((text) => text.includes(name))) name += '-'
  return name
}
