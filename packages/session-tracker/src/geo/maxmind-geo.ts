import { acceptNumber, checkOptions, coreError, originOf, optionError, type OptionRules } from '@sallyport/core'
import { open } from 'maxmind'
import type { GeoProvider, Place } from '../client/place.ts'

/** Options of `maxmindGeo`. */
export interface MaxmindGeoOptions {
  /**
   * Paths of MMDB files, such as GeoLite2-City.mmdb and GeoLite2-ASN.mmdb: each is asked, and the first that knows something counts.
   * They are read into memory.
   */
  readonly databases: readonly string[]
  /** Most addresses that are remembered for each. @default 10_000 */
  readonly cache?: number
}

const rules: OptionRules<MaxmindGeoOptions> = {
  databases: {
    accepts: 'a list of at least one path of an MMDB file',
    test: (v) => Array.isArray(v) && v.length > 0 && v.every((one) => typeof one === 'string' && one !== ''),
  },
  cache: acceptNumber('addresses', 0, 10_000_000),
}

/** A record in the forms that databases have: MaxMind's, and flat ones. */
interface GeoRecord {
  readonly country?: { readonly iso_code?: string } | string
  readonly country_code?: string
  readonly city?: { readonly names?: { readonly en?: string } } | string
  readonly autonomous_system_number?: number
  readonly asn?: number | string
}

/**
 * Says where addresses are, by databases of the app's own.
 *
 * ```ts
 * const geo = await maxmindGeo({ databases: ['/var/lib/GeoIP/GeoLite2-City.mmdb'] })
 * ```
 * @throws SecurityError ERR_OPTION, also for a file that cannot be read
 */
export async function maxmindGeo(options: MaxmindGeoOptions): Promise<GeoProvider> {
  checkOptions<MaxmindGeoOptions>('maxmindGeo', options, rules)
  const { databases, cache = 10_000 } = options
  if (databases === undefined) throw optionError('maxmindGeo', 'databases', undefined, rules.databases)
  const readers = await Promise.all(databases.map((path) => openDatabase(path, cache)))
  return {
    lookup(address) {
      const places = readers.map((read) => placeOf(read(address)))
      // The first that knows something counts.
      return Object.assign({}, ...places.toReversed()) as Place
    },
  }
}

async function openDatabase(path: string, cache: number): Promise<(address: string) => GeoRecord | null> {
  try {
    const reader = await open(path, { cache: { max: Math.max(1, cache) } })
    return (address) => reader.get(address) as GeoRecord | null
  } catch (thrown) {
    const { name, code } = originOf(thrown)
    throw coreError('ERR_OPTION', {
      message: `maxmindGeo: the database ${path} cannot be read (${code ?? name}); accepted is an MMDB file`,
    })
  }
}

function placeOf(record: GeoRecord | null): Place {
  const { country, country_code: flat, city, autonomous_system_number: number, asn } = record ?? {}
  const iso = typeof country === 'object' ? country.iso_code : (country ?? flat)
  const name = typeof city === 'object' ? city.names?.en : city
  const system = Number(number ?? asn)
  return {
    ...(iso !== undefined && { country: iso }),
    ...(name !== undefined && { city: name }),
    ...(Number.isSafeInteger(system) && { asn: system }),
  }
}
