/** Where an address is, as far as a database knows. */
export interface Place {
  /** ISO 3166-1 alpha-2, such as `DE`. */
  readonly country?: string
  readonly city?: string
  /** Number of the autonomous system that the address belongs to. */
  readonly asn?: number
}

/** Says where an address is: `maxmindGeo()` of `@sallyport/session-tracker/geo`, or the app's own. */
export interface GeoProvider {
  /** Nothing where it does not know. What it throws counts as not knowing: no login depends on it. */
  lookup(address: string): Place | undefined | Promise<Place | undefined>
}

/** What a provider says, if it is what it should be. */
export async function placeAt(geo: GeoProvider | undefined, address: string): Promise<Place | undefined> {
  if (geo === undefined || address === '') return undefined
  try {
    const { country, city, asn } = (await geo.lookup(address)) ?? {}
    const place: Place = {
      ...(typeof country === 'string' && /^[A-Z]{2}$/.test(country) && { country }),
      ...(typeof city === 'string' && city !== '' && { city: city.slice(0, 80) }),
      ...(Number.isSafeInteger(asn) && { asn: asn! }),
    }
    return Object.keys(place).length === 0 ? undefined : place
  } catch {
    return undefined
  }
}
