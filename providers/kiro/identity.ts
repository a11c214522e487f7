import { randomUUID } from 'node:crypto'
import type { Account } from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import type { EndpointProfile } from './endpoints.ts'
import { machineIdOf } from './machine-id.ts'
import type { KiroOptions } from './options.ts'
import { profileArnForLane } from './profile-arn.ts'

export type IdentityOptions = Pick<KiroOptions, 'kiroVersion' | 'machineId' | 'agentMode'>

/** Versions that the clients name; the service admits by them now and then (`kiro.md` §4.1, §4.2). */
const SDK = '1.0.34'
const NODE = '22.22.0'
const CLI_API = '0.1.17975'
const CLI_APP = '2.14.2'

/** Systems that an account may seem to run on: never the host's own kernel, which says more than an IDE would. */
const SYSTEMS = [
  { ide: 'darwin#24.6.0', cli: 'macos' },
  { ide: 'win32#10.0.22631', cli: 'windows' },
  { ide: 'linux#6.8.0', cli: 'linux' },
] as const

/** Who a call seems to come from. */
interface Identity {
  readonly machineId: string
  readonly client: string
  readonly system: (typeof SYSTEMS)[number]
}

/** Headers of an inference request over one endpoint. */
export function inferenceHeaders(account: Account<KiroCredential>, profile: EndpointProfile, options: IdentityOptions): Record<string, string> {
  return { ...laneHeaders(account, profile, options), ...invocationHeaders() }
}

/** Those that name the call itself. */
export function invocationHeaders(): Record<string, string> {
  return { 'amz-sdk-invocation-id': randomUUID(), 'amz-sdk-request': 'attempt=1; max=3' }
}

/** Those that are the same for every request of an account as it is now. */
export function laneHeaders(account: Account<KiroCredential>, profile: EndpointProfile, options: IdentityOptions): Record<string, string> {
  const arn = profileArnForLane(account, profile)
  return {
    ...authorization(account),
    'content-type': profile.contentType,
    accept: profile.accept,
    'x-amzn-codewhisperer-optout': 'true',
    ...(profile.style === 'ide' ? ideHeaders(account, options) : cliHeaders(account, options)),
    ...(arn === undefined ? {} : { 'x-amzn-kiro-profile-arn': arn }),
    ...(profile.target === undefined ? {} : { 'x-amz-target': profile.target }),
  }
}

/** Headers of model lists, usage and profiles. */
export function controlHeaders(account: Account<KiroCredential>, options: IdentityOptions): Record<string, string> {
  const { client, system } = identityOf(account, options)
  return {
    ...authorization(account),
    accept: 'application/json',
    'user-agent': `aws-sdk-js/1.0.0 ua/2.1 os/${system.ide} lang/js md/nodejs#${NODE} api/codewhispererruntime#1.0.0 m/N,E ${client}`,
    'x-amz-user-agent': `aws-sdk-js/1.0.0 ${client}`,
    'amz-sdk-invocation-id': randomUUID(),
    'amz-sdk-request': 'attempt=1; max=1',
  }
}

/** The IDE's short name of itself, as its sign-in calls give it. */
export function ideClient(account: Pick<Account, 'id' | 'facts'>, options: IdentityOptions): string {
  return `KiroIDE-${options.kiroVersion}-${machineIdOf(account, options.machineId)}`
}

function ideHeaders(account: Account<KiroCredential>, options: IdentityOptions): Record<string, string> {
  const { client, system } = identityOf(account, options)
  return {
    'x-amzn-kiro-agent-mode': options.agentMode,
    'user-agent': `aws-sdk-js/${SDK} ua/2.1 os/${system.ide} lang/js md/nodejs#${NODE} api/codewhispererstreaming#${SDK} m/E ${client}`,
    'x-amz-user-agent': `aws-sdk-js/${SDK} ${client}`,
  }
}

function cliHeaders(account: Account<KiroCredential>, options: IdentityOptions): Record<string, string> {
  const { system } = identityOf(account, options)
  const sdk = `aws-sdk-rust/1.3.15 ua/2.1 api/codewhispererstreaming/${CLI_API} os/${system.cli} lang/rust/1.92.0`
  return {
    'user-agent': `${sdk} md/appVersion-${CLI_APP} m/F app/AmazonQ-For-CLI`,
    'x-amz-user-agent': `${sdk} m/F app/AmazonQ-For-CLI`,
  }
}

function authorization({ credential }: Account<KiroCredential>): Record<string, string> {
  const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token ?? ''}` })
  switch (credential.kind) {
    case 'api-key':
      return { ...bearer(credential.apiKey), tokentype: 'API_KEY' }
    case 'external-idp':
      return { ...bearer(credential.accessToken), tokentype: 'EXTERNAL_IDP' }
    case 'social':
    case 'builder-id':
    case 'idc':
      return bearer(credential.accessToken)
    default:
      return credential.kind satisfies never
  }
}

function identityOf(account: Pick<Account, 'id' | 'facts'>, options: IdentityOptions): Identity {
  const machineId = machineIdOf(account, options.machineId)
  // By the account's own id even where the operator gives all accounts one machine.
  const choice = Number.parseInt(machineIdOf(account, undefined).slice(0, 8), 16)
  const system = SYSTEMS[choice % SYSTEMS.length] ?? SYSTEMS[0]
  return { machineId, client: ideClient(account, options), system }
}
