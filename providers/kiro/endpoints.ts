import type { Lane } from '../../core/index.ts'
import type { KiroCredential, KiroCredentialKind } from './credential.ts'
import type { KiroOptions } from './options.ts'
import { apiRegion, authRegion } from './regions.ts'

/** How one form of the inference operation looks on the wire (`kiro.md` §1.3). */
export interface EndpointProfile {
  /** Whose headers it wants: the IDE's or the command line's. Both families are rate-limited and authorised apart. */
  readonly style: 'ide' | 'cli'
  readonly path: string
  readonly contentType: string
  readonly accept: string
  /** Selects the operation where the path does not. */
  readonly target?: string
  /** `origin` members in the request's body. */
  readonly origin: 'AI_EDITOR' | 'KIRO_CLI'
}

export interface KiroLane extends Lane {
  readonly profile: EndpointProfile
}

/** A place that serves control-plane operations: either family of paths (`kiro.md` §1.4–§1.6). */
export interface ControlHost {
  readonly form: 'rest' | 'management'
  readonly origin: string
}

const IDE: EndpointProfile = {
  style: 'ide',
  path: '/generateAssistantResponse',
  contentType: 'application/json',
  accept: 'application/vnd.amazon.eventstream',
  origin: 'AI_EDITOR',
}

const CLI: EndpointProfile = {
  style: 'cli',
  path: '/',
  contentType: 'application/x-amz-json-1.0',
  accept: '*/*',
  target: 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse',
  origin: 'KIRO_CLI',
}

type Host = 'q' | 'runtime'

interface LanePlan {
  readonly id: string
  readonly host: Host
  readonly profile: EndpointProfile
}

const Q: LanePlan = { id: 'q', host: 'q', profile: IDE }
const RUNTIME: LanePlan = { id: 'runtime', host: 'runtime', profile: IDE }
const Q_CLI: LanePlan = { id: 'q-cli', host: 'q', profile: CLI }
const RUNTIME_CLI: LanePlan = { id: 'runtime-cli', host: 'runtime', profile: CLI }

/** Which forms a kind of credential is served by, best first. Wrong family → 403, so only documented crossings are here. */
const PLANS: Readonly<Record<KiroCredentialKind, readonly LanePlan[]>> = {
  social: [Q, RUNTIME],
  // The command line's form is the only one that takes a Builder ID without any profile.
  'builder-id': [Q, RUNTIME, Q_CLI],
  idc: [Q, RUNTIME],
  'external-idp': [Q, RUNTIME],
  'api-key': [Q_CLI, RUNTIME_CLI, Q],
}

/** Families for origins of the operator's: each origin is a lane, a key's second family comes after all of them. */
const OVERRIDE_PROFILES: Readonly<Record<KiroCredentialKind, readonly EndpointProfile[]>> = {
  social: [IDE],
  'builder-id': [IDE],
  idc: [IDE],
  'external-idp': [IDE],
  'api-key': [CLI, IDE],
}

export type EndpointOptions = Pick<KiroOptions, 'region' | 'authRegion' | 'apiRegion' | 'apiUrl' | 'authUrl' | 'oidcUrl' | 'managementUrl'>

/** An account as far as endpoints depend on it. */
export interface EndpointAccount {
  readonly credential: KiroCredential
  /** The profile in use, placeholders included: its region must be the host's. */
  readonly profileArn: string | undefined
}

/** The endpoints that can serve an account, in the order of preference. Rate limits are counted per host, whatever the form (§1.3). */
export function lanesFor({ credential, profileArn }: EndpointAccount, options: EndpointOptions): readonly KiroLane[] {
  const overrides = originList(options.apiUrl)
  if (overrides.length > 0) {
    return OVERRIDE_PROFILES[credential.kind].flatMap((profile, round) =>
      overrides.map((origin, index) => ({ id: `url-${index + 1}${round === 0 ? '' : `-${profile.style}`}`, bucket: `url-${index + 1}`, origin, profile })),
    )
  }
  const region = apiRegion(credential, profileArn, options)
  return PLANS[credential.kind].map(({ id, host, profile }) => ({ id, bucket: host, origin: dataOrigin(host, region), profile }))
}

/**
 * Hosts of the control plane in one region, best first: the older paths, then the newer ones. Where the operator
 * replaced a plane, no token of its accounts goes to the public hosts instead.
 */
export function controlHosts(region: string, options: EndpointOptions): readonly ControlHost[] {
  const data = originList(options.apiUrl)[0]
  const management = originList(options.managementUrl)[0]
  if (management !== undefined) {
    const hosts: ControlHost[] = [
      { form: 'rest', origin: management },
      { form: 'management', origin: management },
    ]
    return data === undefined || data === management ? hosts : [...hosts, { form: 'rest', origin: data }]
  }
  if (data !== undefined)
    return [
      { form: 'rest', origin: data },
      { form: 'management', origin: data },
    ]
  return [
    { form: 'rest', origin: dataOrigin('q', region) },
    { form: 'management', origin: `https://management.${region}.kiro.dev` },
  ]
}

/** Whether the operator's own origins stand in for the public control plane, which makes regions meaningless. */
export function hasOwnControlPlane(options: EndpointOptions): boolean {
  return options.managementUrl !== undefined || options.apiUrl !== undefined
}

/** Social sign-in and refresh. Other regions than this one are templated by some clients but unproven. */
export function socialOrigin(options: EndpointOptions): string {
  return originList(options.authUrl)[0] ?? 'https://prod.us-east-1.auth.desktop.kiro.dev'
}

/** A host for each SSO region; the operator's own may name the region as `{region}`. */
export function oidcOrigin(region: string, options: EndpointOptions): string {
  return (originList(options.oidcUrl)[0] ?? 'https://oidc.{region}.amazonaws.com').replaceAll('{region}', region)
}

/** Whether the OIDC hosts of two regions are two: asking in another region is no use at a host that stands for all. */
export function hasOidcPerRegion(options: EndpointOptions): boolean {
  return options.oidcUrl === undefined || options.oidcUrl.includes('{region}')
}

/** Every host that an account of the configured region is served by: data and control plane, where one stands in for another, and both ways to renew. */
export function originsFor(options: EndpointOptions): readonly (string | readonly string[])[] {
  const region = apiRegion({ kind: 'social' }, undefined, options)
  const data = originList(options.apiUrl)
  return [
    data.length > 0 ? data : [dataOrigin('q', region), dataOrigin('runtime', region)],
    controlHosts(region, options).map(({ origin }) => origin),
    socialOrigin(options),
    oidcOrigin(authRegion({}, options), options),
  ]
}

function dataOrigin(host: Host, region: string): string {
  switch (host) {
    case 'q':
      return `https://q.${region}.amazonaws.com`
    case 'runtime':
      return `https://runtime.${region}.kiro.dev`
    default:
      return host satisfies never
  }
}

function originList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim().replace(/\/+$/, ''))
    .filter(part => part !== '')
}
