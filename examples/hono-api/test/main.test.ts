import { describeMain } from '../../orders/test/describe-main.ts'

describeMain('the Hono example', new URL('../dist/main.js', import.meta.url))
