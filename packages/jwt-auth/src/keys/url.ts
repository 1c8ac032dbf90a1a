/** Whether a URL leads to this machine. */
export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
}

/** Whether keys may be fetched from there: https, or http on this machine, and no user name or password in it. */
export function isKeyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/** Where an issuer publishes its metadata: OpenID Connect Discovery 1.0, section 4, then RFC 8414, section 3. */
export function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname, search } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration${search}`,
    `${origin}/.well-known/oauth-authorization-server${path}${search}`,
  ]
}
