/** Shortens a text to a width. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Breaks a text between words into lines of a width, and cuts what goes beyond so many lines. */
export function wrap(text: string, width: number, lines: number): string[] {
  const done: string[] = []
  let rest = text.trim()
  while (rest.length > width && done.length < lines - 1) {
    const space = rest.lastIndexOf(' ', width)
    // A word longer than the line is broken at the edge.
    const end = space > 0 ? space : width
    done.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...done, cut(rest, width)]
}

/** Shortens the ids of orders: nobody reads 36 characters, and the first few tell them apart. */
export function shortenIds(text: string): string {
  return text.replaceAll(/([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '$1…')
}
