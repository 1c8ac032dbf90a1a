/** Work that can be laid down between any two of its steps. */
export type Steps<Result> = Generator<undefined, Result, undefined>
