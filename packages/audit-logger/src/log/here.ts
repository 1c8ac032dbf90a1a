/** In a file of its own: whoever makes CommonJS of this package, as Jest with Babel does, cannot have this word in a file that runs. */
export const here: string = import.meta.url
