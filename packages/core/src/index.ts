export { addressKey, normaliseAddress } from './address.ts'
export { addressRanges } from './address-ranges.ts'
export { systemClock, type Cancel, type Clock } from './clock.ts'
export { compose, reportOnly } from './compose.ts'
export { currentExchange } from './context.ts'
export { decisionIn, decisionOn, recordDecision, type RouteDecision } from './decision.ts'
export { debugOf, type Debug } from './debug.ts'
export {
  acceptEnvironment,
  createEnvironment,
  defaultEnvironment,
  environmentOf,
  type Environment,
  type EnvironmentOptions,
} from './environment.ts'
export {
  coreError,
  coreErrors,
  errorsOf,
  originOf,
  SecurityError,
  type CoreErrorCode,
  type ErrorOrigin,
  type ErrorSpec,
  type ErrorTable,
  type FailureDetail,
  type SecurityErrorInit,
} from './errors.ts'
export type {
  AuthorizationDecision,
  EventAccount,
  EventRequest,
  SecurityEvent,
  SecurityEventMap,
  SecurityEventType,
} from './events.ts'
export type {
  BodyFilter,
  BodyHook,
  BodyPlan,
  EndHook,
  Exchange,
  FinishHook,
  HeadersHook,
  Host,
  ObjectHook,
  Outcome,
  RequestBody,
} from './exchange.ts'
export type { Answer, Gate, GateDescription, Requirements } from './gate.ts'
export { appSessionOf, type AppSession } from './hosts/app-session.ts'
export { guardUpgrade, type UpgradableServer } from './hosts/guard-upgrade.ts'
export { defineMiddleware, describeGate, GATE, type Middleware, type MiddlewareDefinition } from './hosts/middleware.ts'
export { exchangeOf } from './hosts/node-exchange.ts'
export { problemDetails, type ProblemHandler } from './hosts/problem-details.ts'
export { identify, type IdentifyOptions, type LoginReader } from './identify.ts'
export { fromGateway, fromPassport, fromSession, type GatewayHeaders, type GatewayOptions } from './login-sources.ts'
export { isPromise } from './is-promise.ts'
export { principalOfLogin, type Login } from './login.ts'
export {
  accept,
  acceptNumber,
  acceptOneOf,
  checkOptions,
  nearest,
  optionError,
  type OptionRule,
  type OptionRules,
} from './options.ts'
export type { PortRegistry, Ports, SteppedUp } from './ports.ts'
export { sameAccount, type AccountId, type Actor, type Credential, type Principal } from './principal.ts'
export type { ForwardedHeader, Hop, TrustedProxies } from './proxies.ts'
export { onSecurityEvent, SECURITY_EVENT_CHANNEL, type ListenOptions } from './publish.ts'
export { createRecall, type Recall, type Recalled, type RecallOptions } from './recall.ts'
export { consultRevocations, type StoreFailurePolicy } from './revoked.ts'
export { REVOCATION_MARGIN, type Revocation, type Revocations, type RevocationState } from './revocations.ts'
export { defineRoutes, prefixRule, type Route, type RouteParameters, type RoutesDefinition } from './routes.ts'
export { publicRoute } from './public-route.ts'
export { demandSameOrigin } from './same-origin.ts'
export type {
  Change,
  Committed,
  Condition,
  Delete,
  Generation,
  LogPage,
  LogRecord,
  OwnedEntry,
  Put,
  Store,
  StoreEntry,
  StoreKey,
  Version,
} from './store/contract.ts'
export {
  createKeyRing,
  type KeyRing,
  type KeyRingOptions,
  type LocalKeyRing,
  type SealContext,
} from './sealing/key-ring.ts'
export type { RingKey } from './sealing/master-key.ts'
export { createMemoryStore, type MemoryStoreOptions } from './store/memory-store.ts'
export { acceptKeyRing, sealedStore, type SealedStoreOptions } from './store/sealed-store.ts'
export { storeUnavailable } from './store/unavailable.ts'
