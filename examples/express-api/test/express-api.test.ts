import { createApp } from '@sallyport/example-express-api'
import { describeOrdersApi } from '../../orders/test/describe-orders-api.ts'

describeOrdersApi('Express', (options) => createApp(options))
