/** Loads a module that the user points to. */
export async function importFile(url: URL): Promise<Readonly<Record<string, unknown>>> {
  return (await import(url.href)) as Readonly<Record<string, unknown>>
}
