import { validate as arDni } from 'stdnum/lib/cjs/ar/cuit.js'
import { validate as atVnr } from 'stdnum/lib/cjs/at/vnr.js'
import { validate as auTfn } from 'stdnum/lib/cjs/au/tfn.js'
import { validate as beNn } from 'stdnum/lib/cjs/be/nn.js'
import { validate as bgEgn } from 'stdnum/lib/cjs/bg/egn.js'
import { validate as brCnpj } from 'stdnum/lib/cjs/br/cnpj.js'
import { validate as brCpf } from 'stdnum/lib/cjs/br/cpf.js'
import { validate as caSin } from 'stdnum/lib/cjs/ca/sin.js'
import { validate as chSsn } from 'stdnum/lib/cjs/ch/ssn.js'
import { validate as clRut } from 'stdnum/lib/cjs/cl/rut.js'
import { validate as cnRic } from 'stdnum/lib/cjs/cn/ric.js'
import { validate as czRc } from 'stdnum/lib/cjs/cz/rc.js'
import { validate as deIdnr } from 'stdnum/lib/cjs/de/idnr.js'
import { validate as dkCpr } from 'stdnum/lib/cjs/dk/cpr.js'
import { validate as eeIk } from 'stdnum/lib/cjs/ee/ik.js'
import { validate as frNir } from 'stdnum/lib/cjs/fr/nir.js'
import { validate as grAmka } from 'stdnum/lib/cjs/gr/amka.js'
import { validate as hrOib } from 'stdnum/lib/cjs/hr/oib.js'
import { validate as ilIdnr } from 'stdnum/lib/cjs/il/idnr.js'
import { validate as inAadhaar } from 'stdnum/lib/cjs/in/aadhaar.js'
import { validate as isKennitala } from 'stdnum/lib/cjs/is/kennitala.js'
import { validate as krRrn } from 'stdnum/lib/cjs/kr/rrn.js'
import { validate as ltAsmens } from 'stdnum/lib/cjs/lt/asmens.js'
import { validate as myNric } from 'stdnum/lib/cjs/my/nric.js'
import { validate as nlBsn } from 'stdnum/lib/cjs/nl/bsn.js'
import { validate as noFodselsnummer } from 'stdnum/lib/cjs/no/fodselsnummer.js'
import { validate as plPesel } from 'stdnum/lib/cjs/pl/pesel.js'
import { validate as ptNif } from 'stdnum/lib/cjs/pt/nif.js'
import { validate as roCnp } from 'stdnum/lib/cjs/ro/cnp.js'
import { validate as rsJmbg } from 'stdnum/lib/cjs/rs/jmbg.js'
import { validate as ruInn } from 'stdnum/lib/cjs/ru/inn.js'
import { validate as sePersonnummer } from 'stdnum/lib/cjs/se/personnummer.js'
import { validate as thIdnr } from 'stdnum/lib/cjs/th/idnr.js'
import { validate as trTckimlik } from 'stdnum/lib/cjs/tr/tckimlik.js'
import { validate as usSsn } from 'stdnum/lib/cjs/us/ssn.js'
import { validate as zaIdnr } from 'stdnum/lib/cjs/za/idnr.js'
import { isHealthNumber, isSnils } from './check-digits.ts'

type Check = (number: string) => { readonly isValid: boolean } | boolean

/** A national number of digits. */
export interface NationalForm {
  readonly country: string
  /** Groups as they are written, such as `3-2-4`, with the signs between; a number in one piece has one group. */
  readonly form: RegExp
  readonly check: Check
  /** How sure one is without any word around. */
  readonly alone: number
}

/** Forms by how many digits they have. The form is tested on the digits with their signs. */
const forms: readonly (readonly [digits: number, ...NationalForm[]])[] = [
  [8, { country: 'CL', form: /^\d{1,2}\.\d{3}\.\d{3}$/, check: clRut, alone: 0 }],
  [
    9,
    { country: 'US', form: /^\d{3}([- ])\d\d\1\d{4}$/, check: usSsn, alone: 0.8 },
    { country: 'CA', form: /^\d{3}([- ])\d{3}\1\d{3}$/, check: caSin, alone: 0.55 },
    { country: 'CL', form: /^\d\d\.\d{3}\.\d{3}-\d$/, check: clRut, alone: 0.9 },
    { country: 'US', form: /^\d{9}$/, check: usSsn, alone: 0.1 },
    { country: 'CA', form: /^\d{9}$/, check: caSin, alone: 0.1 },
    { country: 'NL', form: /^\d{4}\.?\d{2}\.?\d{3}$|^\d{9}$/, check: nlBsn, alone: 0.15 },
    { country: 'PT', form: /^\d{3} ?\d{3} ?\d{3}$/, check: ptNif, alone: 0.1 },
    { country: 'AU', form: /^\d{3} ?\d{3} ?\d{3}$/, check: auTfn, alone: 0.15 },
    { country: 'IL', form: /^\d{8}-?\d$/, check: ilIdnr, alone: 0.1 },
    { country: 'CZ', form: /^\d{6}\/\d{3}$/, check: czRc, alone: 0.7 },
  ],
  [
    10,
    { country: 'SE', form: /^\d{6}[-+]\d{4}$/, check: sePersonnummer, alone: 0.75 },
    { country: 'DK', form: /^\d{6}-\d{4}$/, check: dkCpr, alone: 0.65 },
    { country: 'IS', form: /^\d{6}-\d{4}$/, check: isKennitala, alone: 0.65 },
    { country: 'CZ', form: /^\d{6}\/\d{4}$/, check: czRc, alone: 0.8 },
    { country: 'GB', form: /^\d{3}([ -])\d{3}\1\d{4}$|^\d{10}$/, check: isHealthNumber, alone: 0.1 },
    { country: 'BG', form: /^\d{10}$/, check: bgEgn, alone: 0.15 },
    { country: 'SE', form: /^\d{10}$/, check: sePersonnummer, alone: 0.1 },
    { country: 'DK', form: /^\d{10}$/, check: dkCpr, alone: 0.05 },
    { country: 'CZ', form: /^\d{10}$/, check: czRc, alone: 0.05 },
    { country: 'IS', form: /^\d{10}$/, check: isKennitala, alone: 0.05 },
    { country: 'AT', form: /^\d{4} ?\d{6}$/, check: atVnr, alone: 0.2 },
  ],
  [
    11,
    { country: 'BR', form: /^\d{3}\.\d{3}\.\d{3}-\d\d$/, check: brCpf, alone: 0.95 },
    { country: 'RU', form: /^\d{3}-\d{3}-\d{3}[ -]\d\d$/, check: isSnils, alone: 0.9 },
    { country: 'AR', form: /^\d\d-\d{8}-\d$/, check: arDni, alone: 0.9 },
    { country: 'BE', form: /^\d\d\.\d\d\.\d\d[-.]\d{3}\.\d\d$/, check: beNn, alone: 0.95 },
    { country: 'NO', form: /^\d{6} ?\d{5}$/, check: noFodselsnummer, alone: 0.7 },
    { country: 'BE', form: /^\d{11}$/, check: beNn, alone: 0.6 },
    { country: 'TR', form: /^\d{11}$/, check: trTckimlik, alone: 0.6 },
    { country: 'BR', form: /^\d{11}$/, check: brCpf, alone: 0.55 },
    { country: 'PL', form: /^\d{11}$/, check: plPesel, alone: 0.5 },
    { country: 'EE', form: /^\d{11}$/, check: eeIk, alone: 0.5 },
    { country: 'LT', form: /^\d{11}$/, check: ltAsmens, alone: 0.5 },
    { country: 'DE', form: /^\d{2} ?\d{3} ?\d{3} ?\d{3}$/, check: deIdnr, alone: 0.35 },
    { country: 'HR', form: /^\d{11}$/, check: hrOib, alone: 0.2 },
    { country: 'GR', form: /^\d{11}$/, check: grAmka, alone: 0.4 },
  ],
  [
    12,
    { country: 'IN', form: /^\d{4}([ -])\d{4}\1\d{4}$/, check: inAadhaar, alone: 0.75 },
    { country: 'MY', form: /^\d{6}-\d\d-\d{4}$/, check: myNric, alone: 0.75 },
    { country: 'SE', form: /^\d{8}-?\d{4}$/, check: sePersonnummer, alone: 0.7 },
    { country: 'IN', form: /^\d{12}$/, check: inAadhaar, alone: 0.2 },
    { country: 'RU', form: /^\d{12}$/, check: ruInn, alone: 0.35 },
    { country: 'MY', form: /^\d{12}$/, check: myNric, alone: 0.2 },
  ],
  [
    13,
    { country: 'CH', form: /^756\.\d{4}\.\d{4}\.\d\d$|^756\d{10}$/, check: chSsn, alone: 0.95 },
    { country: 'KR', form: /^\d{6}-\d{7}$/, check: krRrn, alone: 0.85 },
    { country: 'TH', form: /^\d-\d{4}-\d{5}-\d\d-\d$/, check: thIdnr, alone: 0.9 },
    { country: 'RO', form: /^\d{13}$/, check: roCnp, alone: 0.6 },
    { country: 'ZA', form: /^\d{6} ?\d{4} ?\d{3}$/, check: zaIdnr, alone: 0.6 },
    { country: 'RS', form: /^\d{13}$/, check: rsJmbg, alone: 0.5 },
    { country: 'TH', form: /^\d{13}$/, check: thIdnr, alone: 0.1 },
    { country: 'KR', form: /^\d{13}$/, check: krRrn, alone: 0.2 },
  ],
  [14, { country: 'BR', form: /^\d\d\.\d{3}\.\d{3}\/\d{4}-\d\d$/, check: brCnpj, alone: 0.9 }],
  [15, { country: 'FR', form: /^\d ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3} ?\d\d$/, check: frNir, alone: 0.85 }],
  [18, { country: 'CN', form: /^\d{18}$/, check: cnRic, alone: 0.9 }],
]

export const nationalForms: ReadonlyMap<number, readonly NationalForm[]> = new Map(
  forms.map(([digits, ...of]) => [digits, of as NationalForm[]]),
)

export function isValid({ check }: NationalForm, number: string): boolean {
  const result = check(number)
  return typeof result === 'boolean' ? result : result.isValid
}
