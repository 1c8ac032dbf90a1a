import { describeMain } from '../../orders/test/describe-main.ts'

describeMain('the Koa example', new URL('../dist/main.js', import.meta.url))
