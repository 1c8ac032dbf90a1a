export { mirrorTo, type MirrorTarget } from './mirror.ts'
export { SallyportTransport, type SallyportTransportOptions } from './transport.ts'
