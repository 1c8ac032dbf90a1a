import { createApp } from '@sallyport/example-koa-api'
import { describeOrdersApi } from '../../orders/test/describe-orders-api.ts'

describeOrdersApi('Koa', (options) => {
  const app = createApp(options)
  // Koa writes each 5xx to stderr; here they are meant.
  app.silent = true
  return app.callback()
})
