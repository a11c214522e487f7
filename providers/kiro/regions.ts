import type { KiroCredential } from './credential.ts'

/** What may become part of a host name (`kiro.md` §1.2). */
export const REGION_PATTERN = /^[a-z]{2}(-[a-z]+)+-\d$/

/** Regions that have a data plane; every other name does not resolve. */
export const API_REGIONS = ['us-east-1', 'eu-central-1'] as const

const DEFAULT_REGION = 'us-east-1'
const ARN_PATTERN = /^arn:[a-z0-9-]+:[a-z0-9-]+:([a-z0-9-]+):\d+:profile\/[A-Za-z0-9_-]+$/

/** The options among which regions are chosen. */
export interface RegionOptions {
  readonly region?: string
  readonly authRegion?: string
  readonly apiRegion?: string
}

/** Whether a text can be a profile ARN: other partitions and id lengths than today's are let through. */
export function isProfileArn(text: string): boolean {
  return text.length <= 256 && ARN_PATTERN.test(text)
}

/** The region that a profile lives in. */
function regionOfArn(arn: string | undefined): string | undefined {
  return valid(arn === undefined ? undefined : ARN_PATTERN.exec(arn)?.[1])
}

/** SSO region: where the OIDC client lives. For OIDC calls only. */
export function authRegion(credential: Pick<KiroCredential, 'authRegion'>, options: RegionOptions): string {
  return valid(credential.authRegion) ?? valid(options.authRegion) ?? valid(options.region) ?? DEFAULT_REGION
}

/**
 * Region of data and control plane: token, ARN and host must agree, so the profile's own region beats whatever is only
 * a default. An SSO region is never used as it is: most of them have no data plane.
 */
export function apiRegion(credential: KiroCredential, arn: string | undefined, options: RegionOptions): string {
  const own = valid(credential.apiRegion) ?? valid(options.apiRegion) ?? regionOfArn(arn)
  if (own !== undefined) return own
  return apiRegionFor(valid(credential.authRegion) ?? valid(options.region) ?? DEFAULT_REGION)
}

/** The API region that serves accounts of an SSO region. */
function apiRegionFor(ssoRegion: string): string {
  return ssoRegion.startsWith('eu-') ? 'eu-central-1' : DEFAULT_REGION
}

function valid(region: string | undefined): string | undefined {
  return region !== undefined && REGION_PATTERN.test(region) ? region : undefined
}
