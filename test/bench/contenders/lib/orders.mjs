/** What every server of the HTTP suites answers. */
export const orders = [
  { id: 'o-1001', status: 'open', customer: 'c-17', total: 12_50 },
  { id: 'o-1002', status: 'sent', customer: 'c-21', total: 99_00 },
]
