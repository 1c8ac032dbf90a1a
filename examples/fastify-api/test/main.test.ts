import { describeMain } from '../../orders/test/describe-main.ts'

describeMain('the Fastify example', new URL('../dist/main.js', import.meta.url))
