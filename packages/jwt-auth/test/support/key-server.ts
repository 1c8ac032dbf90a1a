export { startTestServer as startKeyServer, type TestServer as KeyServer } from '../../src/testing/test-server.ts'
export { UPSTREAM_SECRET, type ServerMode } from '@sallyport/jwt-auth/testing'
