import { GatewayError, type UpstreamResponse } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { isProfileArn } from '../regions.ts'
import { parseObject } from '../untrusted.ts'

const DEFAULT_SECONDS = 3600
const MIN_SECONDS = 60
const MAX_SECONDS = 86_400 * 90

/** Members that we read, in both spellings; all others of an answer are kept as they are. */
const ACCESS = ['accessToken', 'access_token'] as const
const REFRESH = ['refreshToken', 'refresh_token'] as const
const SECONDS = ['expiresIn', 'expires_in'] as const
const ARN = ['profileArn', 'profile_arn'] as const
const KNOWN = new Set<string>([...ACCESS, ...REFRESH, ...SECONDS, ...ARN, 'tokenType', 'token_type'])

/**
 * The credential with what a token endpoint answered in it. A missing refresh token or profile leaves the old one.
 * @throws GatewayError `upstream_nonsense` when the answer holds no token: the old one is not to be given up for it
 */
export function renewedCredential(credential: KiroCredential, response: UpstreamResponse, now: number): KiroCredential {
  const answer = parseObject(response.body.toString('utf8'))
  const accessToken = token(pick(answer, ACCESS))
  if (accessToken === undefined) {
    throw new GatewayError('upstream_nonsense', 'the token endpoint answered without an access token; something between may be answering in its place')
  }
  const refreshToken = token(pick(answer, REFRESH))
  const arn = pick(answer, ARN)
  const unknown = Object.entries(answer ?? {}).filter(([name]) => !KNOWN.has(name))
  return {
    ...credential,
    accessToken,
    expiresAt: now + seconds(pick(answer, SECONDS)) * 1000,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(typeof arn === 'string' && isProfileArn(arn) ? { profileArn: arn } : {}),
    ...(unknown.length === 0 ? {} : { rest: { ...credential.rest, ...Object.fromEntries(unknown) } }),
  }
}

function pick(answer: Readonly<Record<string, unknown>> | undefined, names: readonly string[]): unknown {
  return names.map(name => answer?.[name]).find(value => value !== undefined && value !== null)
}

/** It goes into a header: anything else than visible ASCII would be a way to smuggle. */
function token(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{4,16384}$/.test(value) ? value : undefined
}

function seconds(value: unknown): number {
  return typeof value === 'number' && value >= MIN_SECONDS && value <= MAX_SECONDS ? Math.floor(value) : DEFAULT_SECONDS
}
