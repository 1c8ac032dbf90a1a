const unit =
  /,? (?:(?:apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|building|bldg|appt|wohnung|po box|#)\.? ?#?[\p{L}\d-]{1,8}|#\d{1,6}|(?:NW|NE|SW|SE|N|S|E|W)\b\.?)/iuy
const city =
  "\\p{Lu}[\\p{L}.'’-]{1,24}(?:[ -](?:(?:am|an|der|de|la|le|sur|upon|on|of|the|den|del|do|da) )?\\p{Lu}[\\p{L}.'’-]{1,24}){0,3}"
const postcodes =
  '(?:\\d{5}(?:-\\d{3,4})?|[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2}|[A-Z]\\d[A-Z] \\d[A-Z]\\d|\\d{4} ?[A-Z]{2}|\\d{2}-\\d{3}|\\d{3} \\d{2}|\\d{4})(?![\\w-])'
const cityState = new RegExp(
  `,? ${city},? (?:[A-Z]{2,3}|\\p{Lu}\\p{Ll}{3,14}(?: \\p{Lu}\\p{Ll}{3,14})?),? ${postcodes}`,
  'uy',
)
const cityCode = new RegExp(`,? ${city},? ${postcodes}`, 'uy')
const codeCity = new RegExp(`, (?:[A-Z]{1,2}-)?${postcodes} ${city.replace('{0,3}', '{0,2}')}`, 'uy')
const code = new RegExp(`, ${postcodes}`, 'uy')

/** What follows a street and its number: flat, town, state and postcode. Answers where it ends; bounded. */
export function addressTail(text: string, from: number): number {
  let end = from
  for (let i = 0; i < 2; i++) {
    unit.lastIndex = end
    if (unit.test(text)) end = unit.lastIndex
  }
  for (const form of [cityState, cityCode, codeCity, code]) {
    form.lastIndex = end
    if (form.test(text)) return form.lastIndex
  }
  return end
}
