import { type DeviceFlow, GatewayError } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { hasOidcPerRegion } from '../endpoints.ts'
import { authRegion } from '../regions.ts'
import type { SignInContext } from './context.ts'
import { BUILDER_ID_START_URL, beginDevice } from './device.ts'

/** Where organisations have their Identity Center, likeliest first (`kiro.md` §3.7). */
const LIKELY_REGIONS = [
  'us-east-1',
  'eu-west-1',
  'eu-central-1',
  'us-east-2',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'ap-southeast-1',
  'ap-northeast-1',
  'us-west-2',
] as const

export interface EnterpriseStart {
  readonly startUrl: string
  /** Absent: looked for. */
  readonly region: string | undefined
  readonly title: string
}

/**
 * Signs in at an organisation's Identity Center, in the region that it lives in: in any other its start URL is refused
 * (`kiro.md` trap 38).
 * @throws GatewayError `bad_request` when it is in none of the regions that were asked
 */
export async function beginEnterprise({ startUrl, region, title }: EnterpriseStart, context: SignInContext): Promise<DeviceFlow<KiroCredential>> {
  const start = { kind: 'idc', startUrl: checkedStartUrl(startUrl), title } as const
  if (region !== undefined) {
    const flow = await beginIn(region).catch(passOver)
    if (flow !== undefined) return flow
    throw new GatewayError(
      'bad_request',
      `there is no Identity Center with this start URL in ${region}; leave the region out to have it looked for, or ask your administrator`,
    )
  }
  const first = authRegion({}, context.options)
  for (const candidate of hasOidcPerRegion(context.options) ? new Set([first, ...LIKELY_REGIONS]) : [first]) {
    const flow = await beginIn(candidate).catch(passOver)
    if (flow !== undefined) return flow
  }
  throw new GatewayError(
    'bad_request',
    'no Identity Center with this start URL was found in the regions where most are; ask your administrator for its region and name it (--region)',
  )

  async function beginIn(name: string): Promise<DeviceFlow<KiroCredential>> {
    return beginDevice({ ...start, region: name }, context)
  }
}

/** A refusal says that the start URL is not at home there; anything else is a failure that the next region would meet too. */
function passOver(error: unknown): undefined {
  if (GatewayError.is(error) && error.code === 'forbidden') return undefined
  throw error
}

function checkedStartUrl(text: string): string {
  const url = URL.parse(text.trim())
  if (url?.protocol !== 'https:' || url.username !== '') {
    throw new GatewayError('bad_request', 'the start URL must be an https address such as https://d-1234567890.awsapps.com/start')
  }
  const startUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  if (startUrl === BUILDER_ID_START_URL) throw new GatewayError('bad_request', 'this start URL is that of Builder IDs; sign in with the method builder-id')
  return startUrl
}
