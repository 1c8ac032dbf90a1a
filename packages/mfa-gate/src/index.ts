export type { AdaptiveOptions } from './adaptive.ts'
export type { Action, ApprovalOptions } from './approvals.ts'
export type { BudgetOptions } from './budgets/budgets.ts'
export { yearlyRisk, type GuessBudget } from './budgets/guesses.ts'
export type { LimiterFactory, LimiterSpec, RateLimiter } from './budgets/limiter.ts'
export type { StepUpCarrier, StepUpResult } from './carriers/carrier.ts'
export { inSession, type InSessionOptions } from './carriers/session.ts'
export { inToken, type InTokenOptions, type TokenToIssue } from './carriers/token.ts'
export type { DemandOptions } from './demand.ts'
export type { DeviceOptions, TrustedDevice } from './devices.ts'
export type { Duration } from './duration.ts'
export { mfaErrors, type MfaErrorCode } from './errors.ts'
export type { MfaEventType } from './events.ts'
export type {
  ActionToApprove,
  Authenticator,
  Begun,
  Enrolled,
  Enrolment,
  Factor,
  FactorContext,
  FactorRoute,
  FactorServices,
  Pending,
  Presented,
  Verified,
} from './factor.ts'
export { emailCodes, type EmailCodesOptions, type MailText, type MailTransport } from './factors/email-codes.ts'
export { recoveryCodes, type RecoveryCodesOptions } from './factors/recovery-codes.ts'
export type { CodeToSend } from './factors/sent-code.ts'
export { smsCodes, type SmsCodesOptions, type SmsSender } from './factors/sms-codes.ts'
export { readAuthenticatorExport, type AuthenticatorExport, type ExportedSecret } from './factors/migration.ts'
export type { TotpImportOptions } from './factors/totp-import.ts'
export { totp, type TotpOptions } from './factors/totp.ts'
export type { Fields } from './fields.ts'
export type { ListedAuthenticator } from './holdings.ts'
export type { MfaRoutesOptions } from './http/options.ts'
export type { LevelOptions } from './levels.ts'
export type { FirstFactor } from './login-tickets.ts'
export type { BegunLogin } from './login.ts'
export { mfaGate, type MfaGate } from './mfa-gate.ts'
export type { MfaGateOptions, PageOptions, ResetOptions } from './options.ts'
export type { PasswordVerifier } from './password.ts'
export type { Proof } from './proof.ts'
export type { PushApprovalOptions, PushSender, PushToSend } from './push/options.ts'
export { pushApproval } from './push/push-approval.ts'
export type { AccountToReport, NotEnrolled } from './report.ts'
export type { ResetOutcome, ResetRequest } from './resets.ts'
export { safeReturnPath } from './return-path.ts'
export type { EnforcementRuleOptions, GraceOptions } from './rollout.ts'
