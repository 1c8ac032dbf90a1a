import { contextFlags } from './key-words.ts'

/** Names of fields, folded, and what they hold. */
const named: Readonly<Record<string, string>> = {
  EMAIL: 'email emailaddress mail useremail contactemail emails workemail homeemail recipientemail',
  PHONE:
    'phone phonenumber telephone tel mobile mobilephone cell cellphone fax phoneno homephone workphone msisdn telefon telefonnummer handynummer',
  CARD: 'card cardnumber creditcard creditcardnumber ccnumber ccnum pan cardno primaryaccountnumber',
  IBAN: 'iban',
  BANK_ACCOUNT: 'bankaccount accountnumber bankaccountnumber routingnumber sortcode acctnumber',
  IP: 'ip ipaddress ipaddr clientip remoteip remoteaddress remoteaddr sourceip xforwardedfor xrealip',
  NATIONAL_ID:
    'ssn socialsecuritynumber socialsecurity nationalid nationalidnumber taxid tin itin nino personalnumber personnummer cpf curp aadhaar pesel bsn dni nif nie steuerid codicefiscale sin nhsnumber idnumber identitynumber',
  PASSPORT: 'passport passportnumber passportno',
  DRIVING_LICENCE:
    'driverslicense driverlicense drivinglicence drivinglicense licencenumber licensenumber driverslicensenumber',
  DATE_OF_BIRTH: 'dob dateofbirth birthdate birthday birthdayat geburtsdatum datenaissance fechanacimiento',
  NAME: 'firstname lastname fullname surname givenname familyname middlename maidenname customername patientname employeename cardholder cardholdername accountholder recipientname vorname nachname prenom apellido apellidos cognome displayname',
  ADDRESS:
    'address streetaddress homeaddress mailingaddress shippingaddress billingaddress address1 address2 addressline1 addressline2 street postaladdress anschrift direccion adresse',
  COORDINATES: 'lat lng lon latitude longitude latlng coordinates geolocation',
  SECRET:
    'password passwd pwd passphrase passcode secret secretkey clientsecret apikey apitoken accesstoken refreshtoken idtoken authtoken token authorization proxyauthorization cookie setcookie privatekey sessionid sessiontoken csrftoken xapikey credentials pin cvv cvc cvv2 otp secretaccesskey signingkey encryptionkey connectionstring',
}

const byName = new Map<string, string>()
for (const [entity, names] of Object.entries(named)) for (const name of names.split(' ')) byName.set(name, entity)

/** What the app says of a field: the entity that it holds, or `keep` where nothing is looked for in it. */
export type FieldRule = string

/** What is known of one key. */
export interface KeyFacts {
  readonly entity: string | undefined
  /** What its words say of a value that is looked through. */
  readonly flags: number
}

interface PathRule {
  readonly segments: readonly string[]
  readonly entity: FieldRule
}

/** Most keys that are remembered: apps have few, and an attacker may send many. */
const MOST_KEYS = 5000

/** Knows fields by name at any depth, and by path. */
export class Fields {
  readonly #own = new Map<string, FieldRule>()
  readonly paths: readonly PathRule[]
  readonly #facts = new Map<string, KeyFacts>()

  constructor(rules: Readonly<Record<string, FieldRule>>) {
    const paths: PathRule[] = []
    for (const [name, entity] of Object.entries(rules)) {
      if (/[.[*]/.test(name)) paths.push({ segments: segmentsOf(name), entity })
      else this.#own.set(foldKey(name), entity)
    }
    this.paths = paths
  }

  facts(key: string): KeyFacts {
    const known = this.#facts.get(key)
    if (known !== undefined) return known
    const folded = foldKey(key)
    const facts = { entity: this.#own.get(folded) ?? byName.get(folded), flags: contextFlags(key) }
    if (this.#facts.size < MOST_KEYS) this.#facts.set(key, facts)
    return facts
  }

  /** What a path rule says of a place. */
  atPath(path: readonly string[]): FieldRule | undefined {
    return this.paths.find(({ segments }) => matches(segments, 0, path, 0))?.entity
  }
}

/** Case and style folded: `first_name`, `firstName`, `First-Name`. */
function foldKey(key: string): string {
  return key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function segmentsOf(path: string): string[] {
  return path
    .replaceAll(/\[([^\]]*)\]/g, '.$1')
    .split('.')
    .filter((segment) => segment !== '')
    .map((segment) => (segment === '*' || segment === '**' ? segment : foldKey(segment)))
}

/** `*` stands for one key or index, `**` for any number of them. */
function matches(segments: readonly string[], s: number, path: readonly string[], p: number): boolean {
  if (s === segments.length) return p === path.length
  const segment = segments[s]!
  if (segment === '**') {
    for (let skip = p; skip <= path.length; skip++) if (matches(segments, s + 1, path, skip)) return true
    return false
  }
  return p < path.length && (segment === '*' || segment === foldKey(path[p]!)) && matches(segments, s + 1, path, p + 1)
}
