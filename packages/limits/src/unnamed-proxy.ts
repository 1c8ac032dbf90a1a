import { addressRanges, type Exchange } from '@sallyport/core'

/**
 * Makes what says once, as a warning of the process, that requests come through a proxy of which the environment has not been told: all its
 * clients are counted as one then. A stranger cannot cause it: the proxy is on the machine or the network itself.
 */
export function unnamedProxyWatch(): (exchange: Exchange) => void {
  const isNear = addressRanges('rateLimit', 'by', ['loopback', 'private'])
  let told = false
  return (exchange) => {
    if (told || exchange.peerTrusted || !isForwarded(exchange) || !isNear(exchange.peerAddress)) return
    told = true
    process.emitWarning(
      `rateLimit: requests come through a proxy at ${exchange.peerAddress}, and its clients are all counted as one; name it in \`trustedProxies\` of the environment`,
      'SallyportWarning',
    )
  }
}

function isForwarded(exchange: Exchange): boolean {
  return exchange.header('x-forwarded-for') !== undefined || exchange.header('forwarded') !== undefined
}
