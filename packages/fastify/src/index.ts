export { gate, type GateHook, type GateReply, type GateRequest } from './gate.ts'
export { sallyportFastify, type SallyportFastifyOptions } from './plugin.ts'
