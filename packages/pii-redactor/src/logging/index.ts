export { redactConsole, type RedactingConsole } from './console.ts'
export { pinoHooks, type PinoHooks } from './pino.ts'
export { winstonFormat, type WinstonFormat } from './winston.ts'
