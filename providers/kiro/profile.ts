import { type Facts, GatewayError } from '../../core/index.ts'
import { askControlPlane, BUILDER_ID_REFUSED, type ControlCaller, isMissingOperation, mayHelpElsewhere } from './control-plane.ts'
import type { KiroCredentialKind } from './credential.ts'
import { type ControlHost, controlHosts, hasOwnControlPlane } from './endpoints.ts'
import { BUILDER_ID_ARN, NO_PROFILE, profileArnOf, SHARED_SOCIAL_ARN } from './profile-arn.ts'
import { API_REGIONS, apiRegion, isProfileArn } from './regions.ts'
import { listOf, textOf } from './untrusted.ts'

/** Whether asking can bring another profile than the one in use. */
export function mayChangeProfile(kind: KiroCredentialKind): boolean {
  return kind !== 'builder-id' && kind !== 'api-key'
}

/** What the hosts of one region said. */
type Listing =
  | { readonly kind: 'profiles'; readonly arns: readonly string[] }
  | { readonly kind: 'builder-id' }
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * Finds out which profile an account has (`kiro.md` §1.6, §1.7), as facts to keep.
 * @throws GatewayError `not_entitled` when it has none; a rate limit stays a rate limit
 */
export async function resolveProfile(caller: ControlCaller): Promise<Facts> {
  switch (caller.account.credential.kind) {
    case 'builder-id':
    case 'api-key':
      return {}
    case 'social':
      return { profileArn: (await listedArn(caller)) ?? profileArnOf(caller.account) ?? SHARED_SOCIAL_ARN }
    case 'idc':
    case 'external-idp':
      return { profileArn: await enterpriseArn(caller) }
    default:
      return caller.account.credential.kind satisfies never
  }
}

/** A social account's list is often empty, and its failure is no news: the account worked without it. */
async function listedArn(caller: ControlCaller): Promise<string | undefined> {
  for (const listing of await listRegions(caller)) {
    if (listing.kind === 'profiles' && listing.arns[0] !== undefined) return listing.arns[0]
  }
  return undefined
}

async function enterpriseArn(caller: ControlCaller): Promise<string> {
  const listings = await listRegions(caller)
  for (const listing of listings) {
    if (listing.kind === 'profiles' && listing.arns[0] !== undefined) return listing.arns[0]
  }
  // Imported IdC credentials do not always tell that they are a Builder ID's; the service does.
  if (listings.some(listing => listing.kind === 'builder-id')) return BUILDER_ID_ARN
  const failures = listings.flatMap(listing => (listing.kind === 'failed' ? [listing.error] : []))
  if (failures.length === listings.length) {
    // A relay without this operation may know the profile itself.
    if (failures.every(isMissingOperation)) return NO_PROFILE
    throw failures.find(failure => !isMissingOperation(failure))
  }
  throw new GatewayError(
    'not_entitled',
    'the Kiro account has no profile in any region; have its administrator assign a Kiro subscription, or import it with its profile ARN',
    {
      reason: 'no_profile',
    },
  )
}

/** Enterprise accounts live in one of the API regions, not necessarily the one next to their sign-in. */
async function listRegions(caller: ControlCaller): Promise<readonly Listing[]> {
  const first = apiRegion(caller.account.credential, profileArnOf(caller.account), caller.options)
  const regions = hasOwnControlPlane(caller.options) ? [first] : [...new Set([first, ...API_REGIONS])]
  const listings: Listing[] = []
  for (const region of regions) {
    const listing = await listRegion(region, caller)
    listings.push(listing)
    if (listing.kind === 'builder-id' || (listing.kind === 'profiles' && listing.arns.length > 0)) break
  }
  return listings
}

async function listRegion(region: string, caller: ControlCaller): Promise<Listing> {
  const failures: unknown[] = []
  for (const host of controlHosts(region, caller.options)) {
    try {
      return { kind: 'profiles', arns: await listHost(host, caller) }
    } catch (error) {
      if (isBuilderIdRefusal(error)) return { kind: 'builder-id' }
      if (!mayHelpElsewhere(error) && !isWrongRegion(error)) throw error
      failures.push(error)
    }
  }
  return { kind: 'failed', error: failures.find(failure => !isMissingOperation(failure)) ?? failures[0] }
}

async function listHost({ form, origin }: ControlHost, caller: ControlCaller): Promise<readonly string[]> {
  const call = form === 'rest' ? { path: '/ListAvailableProfiles', body: { maxResults: 10 } } : { path: '/List-Available-Profiles', body: {} }
  const answer = await askControlPlane({ origin, ...call }, caller)
  return listOf(answer.profiles).flatMap(profile => {
    const arn = textOf(profile.arn)
    return arn !== undefined && isProfileArn(arn) ? [arn] : []
  })
}

function isBuilderIdRefusal(error: unknown): boolean {
  return GatewayError.is(error) && error.reason === BUILDER_ID_REFUSED
}

/** A region that an account does not live in may call its token invalid. */
function isWrongRegion(error: unknown): boolean {
  return GatewayError.is(error) && error.code === 'token_rejected'
}
