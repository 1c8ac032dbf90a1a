export { createDpopClient, type DpopClient, type DpopClientOptions, type ProofParts } from './dpop-client.ts'
export { startTestIssuer, type TestIssuer, type TestIssuerOptions } from './test-issuer.ts'
export {
  certificateThumbprint,
  makeTestKey,
  signWith,
  type TestAlgorithm,
  type TestKey,
  type TokenParts,
} from './test-key.ts'
export { UPSTREAM_SECRET, type ServerMode, type TestRequest, type TestServer } from './test-server.ts'
