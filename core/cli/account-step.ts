import type { ErrorCode } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** One link of the chain from an account to an answer. */
export interface AccountStep {
  readonly name: 'credential' | 'state' | 'token' | 'profile' | 'models' | 'quota' | 'chat'
  readonly result: 'ok' | 'warn' | 'failed'
  readonly detail: string
  readonly remedy?: string
}

export const SIGN_IN_AGAIN = 'sign in again with "kiro-gateway login", or export a fresh credential where it works and import that'

/** What helps against a failure, by its code; the message has said what and why. */
const REMEDIES: Readonly<Partial<Record<ErrorCode, (id: string) => string>>> = {
  needs_login: () => SIGN_IN_AGAIN,
  token_rejected: id => `run "kiro-gateway accounts refresh ${id}"; if that fails, ${SIGN_IN_AGAIN}`,
  account_suspended: () => 'look at the account on the website of its provider; no traffic until then',
  account_suspicious: () => 'leave the account alone for half an hour; lower its pace if it happens again',
  not_entitled: () => 'check the plan of the account, and that its profile or start URL is the right one',
  quota_exhausted: () => 'wait for the reset, or add another account',
  account_rate_limited: () => 'wait a few minutes',
  proxy_failed: () => "check the account's proxy, or HTTPS_PROXY",
  upstream_unreachable: () => 'check the network, the name server and a firewall; "kiro-gateway doctor" tries each host',
  upstream_tls: () => 'something between this machine and the upstream exchanges certificates: check the proxy',
  upstream_timeout: () => 'check the network; if it is well, try again later',
}

export function ok(name: AccountStep['name'], detail: string): AccountStep {
  return { name, result: 'ok', detail }
}

export function failed(name: AccountStep['name'], thrown: unknown, id: string): AccountStep {
  const { code, message } = GatewayError.from(thrown)
  const remedy = REMEDIES[code]?.(id)
  return { name, result: 'failed', detail: message, ...(remedy === undefined ? {} : { remedy }) }
}
