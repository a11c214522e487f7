import { poolOptions, type Static, Type } from '../../core/index.ts'
import { DEFAULT_LIMITS } from './preflight/limits.ts'
import { REGION_PATTERN } from './regions.ts'

const region = (description: string) => Type.Optional(Type.String({ pattern: REGION_PATTERN.source, description }))
const origin = (description: string) => Type.Optional(Type.String({ pattern: '^https?://[^\\s,/]+/?$', description }))

const limit = (fallback: number, description: string) => Type.Optional(Type.Integer({ minimum: 1, description: `${description}; default ${fallback}` }))

/** Sizes at which requests are repaired or warned about: the upstream's own limits are not public and move. */
const LimitOptions = Type.Object(
  {
    descriptionUnits: limit(DEFAULT_LIMITS.descriptionUnits, "Characters kept of a tool's description"),
    imageCharacters: limit(DEFAULT_LIMITS.imageCharacters, 'Base64 characters of one image'),
    imagesPerMessage: limit(DEFAULT_LIMITS.imagesPerMessage, 'Images of one message'),
    manyImages: limit(DEFAULT_LIMITS.manyImages, 'Images of a conversation above which each must keep to `manyImagesSide`'),
    manyImagesSide: limit(DEFAULT_LIMITS.manyImagesSide, 'Pixels of the longer side of an image where there are many'),
    maxTools: limit(DEFAULT_LIMITS.maxTools, 'Tools that are declared; the model is told the names of those beyond'),
    tools: limit(DEFAULT_LIMITS.tools, 'Tools above which a request is warned about'),
    toolCharacters: limit(DEFAULT_LIMITS.toolCharacters, 'The same for the size of all tools'),
    messageCharacters: limit(DEFAULT_LIMITS.messageCharacters, 'The same for one message'),
    resultCharacters: limit(DEFAULT_LIMITS.resultCharacters, 'The same for one tool result'),
    bodyBytes: limit(DEFAULT_LIMITS.bodyBytes, 'The same for the whole request'),
  },
  { additionalProperties: false, default: {} },
)

/** Settings of the Kiro provider. The environment reaches them through the configuration loader alone. */
export const KiroOptions = Type.Object(
  {
    ...poolOptions,
    region: region('Sets both regions for accounts that do not tell their own'),
    authRegion: region('Region of OIDC calls, instead of `region`'),
    apiRegion: region("Region of the data and control plane, whatever an account's profile says"),
    apiUrl: Type.Optional(
      Type.String({
        pattern: '^\\s*https?://[^\\s,/]+/?\\s*(,\\s*https?://[^\\s,/]+/?\\s*)*$',
        description: 'Origins that replace the data plane, comma separated: one lane each',
      }),
    ),
    authUrl: origin('Origin that replaces the social sign-in and refresh host'),
    oidcUrl: origin('Origin that replaces the OIDC hosts; `{region}` in it stands for the sign-in region'),
    managementUrl: origin('Origin that replaces the control plane'),
    externalIdpHosts: Type.Array(Type.String({ pattern: '^(https?://[^\\s,/]+|[A-Za-z0-9.-]+)$' }), {
      default: [],
      description:
        'Hosts of external identity providers that may receive refresh tokens, beside the Microsoft ones; a name covers its subdomains, an origin only itself',
    }),
    kiroVersion: Type.String({
      default: 'auto',
      pattern: '^[0-9A-Za-z.+-]{1,32}$',
      description: 'Version of the Kiro IDE that requests name; `auto`: the built-in one, or that of the Kiro IDE on this machine if it is newer',
    }),
    machineId: Type.Optional(Type.String({ minLength: 1, description: 'One machine id for all accounts; absent: each account has its own' })),
    agentMode: Type.String({ default: 'vibe', pattern: '^[a-z-]{1,32}$', description: '`vibe` or `spec`' }),
    limits: LimitOptions,
  },
  { additionalProperties: false },
)

export type KiroOptions = Static<typeof KiroOptions>
