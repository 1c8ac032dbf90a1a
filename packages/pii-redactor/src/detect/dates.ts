const month =
  '(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar|rero)?|mar(?:ch|zo|s)?|märz|apr(?:il)?|may|mai|mayo|maggio|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|déc(?:embre)?|dic(?:iembre|embre)?|janvier|février|avril|enero|febrero|abril|septiembre|gennaio|febbraio|aprile|giugno|luglio|settembre|ottobre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus|januar)'
const forms = [
  '(?:1[89]|20)\\d\\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\\d|3[01])',
  '(?:0?[1-9]|[12]\\d|3[01])[-/.] ?(?:0?[1-9]|[12]\\d|3[01])[-/.] ?(?:(?:1[89]|20)\\d\\d|\\d\\d)',
  `(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th|\\.|er|º)?[ -](?:of |de )?${month}\\.?,?[ -](?:de |of )?(?:1[89]|20)\\d\\d`,
  `${month}\\.? (?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?,? (?:1[89]|20)\\d\\d`,
  '(?:19|20)\\d\\d年 ?\\d{1,2}月 ?\\d{1,2}日',
  '(?:19|20)\\d\\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])',
]

/** A date as people write them; bounded. */
export const date: RegExp = new RegExp(`(?:${forms.join('|')})(?![\\w])`, 'iuy')
