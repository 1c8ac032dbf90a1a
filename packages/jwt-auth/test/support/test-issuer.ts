export { accessClaims as accessToken } from '../../src/testing/test-issuer.ts'
export { startTestIssuer as startIssuer, type TestIssuer, type TestIssuerOptions } from '@sallyport/jwt-auth/testing'
