import { createApp } from '@sallyport/example-fastify-api'
import { describeOrdersApi } from '../../orders/test/describe-orders-api.ts'

describeOrdersApi(
  'Fastify',
  (options) => {
    const app = createApp(options)
    return (req, res) => void app.ready().then(() => app.routing(req, res))
  },
  // Fastify refuses what it has no parser for.
  { form: 415 },
)
