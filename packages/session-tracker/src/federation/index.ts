export { backChannelLogout, type BackChannelLogoutOptions } from './back-channel-logout.ts'
export type { SecurityEventKind } from './events.ts'
export { securityEventReceiver, type SecurityEventReceiverOptions, type TransmitterOptions } from './set-receiver.ts'
export {
  securityEventTransmitter,
  type ReceiverOptions,
  type SecurityEventTransmitterOptions,
} from './set-transmitter.ts'
export type { SignerKeys } from './signed.ts'
