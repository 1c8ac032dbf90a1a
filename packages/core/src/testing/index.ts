export { captureEvents, type CapturedEvents } from './capture-events.ts'
export { signIn, testPrincipal, type SignInOptions } from './sign-in.ts'
export { createTestClock, type TestClock } from './test-clock.ts'
