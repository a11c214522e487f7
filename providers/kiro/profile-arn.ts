import type { Account } from '../../core/index.ts'
import type { KiroCredential, KiroCredentialKind } from './credential.ts'
import type { EndpointProfile } from './endpoints.ts'
import { isProfileArn } from './regions.ts'

/** Shared by all social accounts that were not given one of their own (`kiro.md` §1.7). */
export const SHARED_SOCIAL_ARN = 'arn:aws:codewhisperer:us-east-1:699475941385:profile/EHGA3GRVQMUK'
/** A constant of the IDE that stands for "Builder ID, no profile". On other kinds of account it is punished with 403. */
export const BUILDER_ID_ARN = 'arn:aws:codewhisperer:us-east-1:638616132270:profile/AAAACCCCXXXX'
/** Kept as the fact when nobody could say which profile an account has, so that it is not asked on every call. */
export const NO_PROFILE = 'none'

const DEFAULTS: Readonly<Record<KiroCredentialKind, string | undefined>> = {
  social: SHARED_SOCIAL_ARN,
  'builder-id': BUILDER_ID_ARN,
  idc: undefined,
  'external-idp': undefined,
  'api-key': undefined,
}

/** The profile that an account's calls name, placeholder included; undefined: unknown, or there is none. */
export function profileArnOf({ credential, facts }: Pick<Account<KiroCredential>, 'credential' | 'facts'>): string | undefined {
  switch (credential.kind) {
    case 'api-key':
      return undefined
    case 'builder-id':
      // Files of Builder ID accounts have been seen with the ARN of a social or enterprise one in them.
      return BUILDER_ID_ARN
    case 'social':
    case 'idc':
    case 'external-idp':
      return learned(facts.profileArn) ?? own(credential.profileArn) ?? DEFAULTS[credential.kind]
    default:
      return credential.kind satisfies never
  }
}

/** The profile in an inference request: the placeholder belongs to the REST forms only. */
export function profileArnForLane(account: Pick<Account<KiroCredential>, 'credential' | 'facts'>, profile: EndpointProfile): string | undefined {
  const arn = profileArnOf(account)
  return arn === BUILDER_ID_ARN && profile.style === 'cli' ? undefined : arn
}

/** The profile on the control plane, which refuses the placeholder. */
export function profileArnForControl(account: Pick<Account<KiroCredential>, 'credential' | 'facts'>): string | undefined {
  const arn = profileArnOf(account)
  return arn === BUILDER_ID_ARN ? undefined : arn
}

/** Whether the account must still be asked for its profile. */
export function lacksProfile({ credential, facts }: Pick<Account<KiroCredential>, 'credential' | 'facts'>): boolean {
  if (credential.kind !== 'idc' && credential.kind !== 'external-idp') return false
  return facts.profileArn !== NO_PROFILE && profileArnOf({ credential, facts }) === undefined
}

function learned(arn: string | undefined): string | undefined {
  return arn !== undefined && isProfileArn(arn) ? arn : undefined
}

/** A source's ARN, unless it is the placeholder: files of other accounts got polluted with it. */
function own(arn: string | undefined): string | undefined {
  return arn === BUILDER_ID_ARN ? undefined : learned(arn)
}
