import { describeMain } from '../../orders/test/describe-main.ts'

describeMain('the Express example', new URL('../dist/main.js', import.meta.url))
