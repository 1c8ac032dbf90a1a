import type { TSSignature, TSType } from 'oxc-parser'
import { parse, visit, type Source } from '../architecture/source.ts'

/** A type of options, with its members and those of the types that it is made of. */
export interface OptionsType {
  readonly name: string
  readonly names: readonly string[]
}

interface Declared {
  readonly members: readonly TSSignature[]
  readonly parts: readonly string[]
}

/** What an app imports: the package itself and its subpaths, but not the kits for tests and for authors of stores. */
const FACE = /\/src\/(?:(?!testing\/|store\/)[\w-]+\/)?index\.ts$/

/** The types of options that a package exports: those whose name ends in `Options`. */
export function optionsOf(sources: readonly Source[]): OptionsType[] {
  const declared = new Map<string, Declared>()
  for (const source of sources) {
    visit(parse(source).program, {
      TSInterfaceDeclaration({ id, body, extends: bases }) {
        const parts = bases.flatMap(({ expression }) => (expression.type === 'Identifier' ? [expression.name] : []))
        declared.set(id.name, { members: body.body, parts })
      },
      TSTypeAliasDeclaration({ id, typeAnnotation }) {
        declared.set(id.name, membersOf(typeAnnotation))
      },
    })
  }
  const exported = sources
    .filter(({ path }) => FACE.test(path))
    .flatMap((face) => parse(face).exports.map(({ exportName }) => exportName.name ?? ''))
  return exported
    .filter((name) => name.endsWith('Options') && declared.has(name))
    .map((name) => ({ name, names: [...new Set(namesOf(name))] }))

  function namesOf(name: string): string[] {
    const found = declared.get(name)
    return found ? [...found.members.flatMap(optionIn), ...found.parts.flatMap(namesOf)] : []
  }
}

/** Members and named parts of an intersection, a union, or a literal. */
function membersOf(type: TSType): Declared {
  if (type.type === 'TSParenthesizedType') return membersOf(type.typeAnnotation)
  if (type.type === 'TSTypeLiteral') return { members: type.members, parts: [] }
  if (type.type === 'TSTypeReference') {
    return { members: [], parts: type.typeName.type === 'Identifier' ? [type.typeName.name] : [] }
  }
  if (type.type !== 'TSIntersectionType' && type.type !== 'TSUnionType') return { members: [], parts: [] }
  const all = type.types.map(membersOf)
  return { members: all.flatMap(({ members }) => members), parts: all.flatMap(({ parts }) => parts) }
}

function optionIn(member: TSSignature): string[] {
  if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') return []
  if (member.key.type !== 'Identifier') return []
  // `name?: never` says that this alternative has no such option.
  const type = member.type === 'TSPropertySignature' ? member.typeAnnotation?.typeAnnotation.type : undefined
  return type === 'TSNeverKeyword' ? [] : [member.key.name]
}
