import type { EmbeddedIssuer } from './embedded-issuer.ts'

/** What to paste into a shell: a token for each role, and requests that show what each may do. */
export async function tryLines(url: string, issuer: EmbeddedIssuer): Promise<string> {
  const token = (subject: string, role: string): Promise<string> => issuer.token({ subject, roles: [role] })
  const [viewer, clerk, admin] = await Promise.all([
    token('vera', 'viewer'),
    token('carl', 'clerk'),
    token('ada', 'admin'),
  ])
  const bearer = (name: string): string => `-H "Authorization: Bearer $${name}"`
  return `Tokens, good for an hour, on this machine only:

VIEWER=${viewer}

CLERK=${clerk}

ADMIN=${admin}

ORDER='{"customer":"Acme","item":"Anvil","quantity":2,"price":4999}'

Requests to try:

# nobody: 401, with a challenge
curl -i ${url}/orders

# a viewer reads: 200
curl -i ${bearer('VIEWER')} ${url}/orders

# a viewer does not create: 403
curl -i ${bearer('VIEWER')} ${url}/orders --json "$ORDER"

# a clerk creates: 201
curl -i ${bearer('CLERK')} ${url}/orders --json "$ORDER"

# a clerk sees no report: 403
curl -i ${bearer('CLERK')} ${url}/report

# an admin does: 200
curl -i ${bearer('ADMIN')} ${url}/report
`
}
