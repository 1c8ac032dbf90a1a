/**
 * A schema that speaks Standard Schema (https://standardschema.dev, version 1), as those of zod, valibot and arktype do. Written out here,
 * as that specification suggests, so that no package is needed for it.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly unknown[] }

/** Whether a value is such a schema. Those of arktype are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  const standard: unknown = (value as Partial<StandardSchema> | null | undefined)?.['~standard']
  return typeof (standard as Partial<StandardSchema['~standard']> | undefined)?.validate === 'function'
}
