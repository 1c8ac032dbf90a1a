/** RFC 9068 (JWT access tokens), Section 3. The RFC prints no signature. */

export const header = { typ: 'at+JWT', alg: 'RS256', kid: 'RjEwOwOA' }

export const claims = {
  iss: 'https://authorization-server.example.com/',
  sub: '5ba552d67',
  aud: 'https://rs.example.com/',
  exp: 1_639_528_912,
  iat: 1_618_354_090,
  jti: 'dbe39bf3a3ba4238a513f51d6e1691c4',
  client_id: 's6BhdRkqt3',
  scope: 'openid profile reademail',
}
