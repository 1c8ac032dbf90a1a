import { getRequestListener } from '@hono/node-server'
import { createApp } from '@sallyport/example-hono-api'
import { describeOrdersApi } from '../../orders/test/describe-orders-api.ts'

describeOrdersApi('Hono', (options) => getRequestListener(createApp(options).fetch))
