export { UsageError, type Command, type Given, type Output } from './command.ts'
export { listRoutes } from './routes/list-routes.ts'
export type { ListedRoute, RouteList, RouteVerdict } from './routes/route.ts'
