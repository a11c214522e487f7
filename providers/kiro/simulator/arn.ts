import type { SimulatedAccount } from './accounts.ts'

/** The region inside a profile ARN. */
export function regionOfArn(arn: string): string | undefined {
  return arn.split(':')[3]
}

/** The region that a public host name stands for; undefined for loopback and other names that stand for none. */
export function regionOfHost(host: string | undefined): string | undefined {
  return host?.match(/^(?:q|runtime|management|codewhisperer|oidc)\.([a-z0-9-]+)\.(?:amazonaws\.com|kiro\.dev)/)?.[1]
}

export function isApiKey(account: SimulatedAccount): boolean {
  return account.kind === 'api-key'
}
