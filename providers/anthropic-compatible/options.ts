import { accountOptions, poolOptions, type Static, Type } from '../../core/index.ts'
import { ApiKey, AuthStyle, BaseUrl, HeaderName, HeaderRecord, HeaderValue } from './credential.ts'
import { OFFICIAL_URL } from './endpoints.ts'

const AccountOptions = Type.Object(
  {
    apiKey: ApiKey,
    auth: Type.Optional(AuthStyle),
    baseUrl: Type.Optional(BaseUrl),
    headers: Type.Optional(HeaderRecord),
    ...accountOptions,
  },
  { additionalProperties: false },
)

const ModelOptions = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 256, description: "The upstream's own id" }),
    name: Type.Optional(Type.String({ minLength: 1, description: 'For people' })),
    aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Other names that clients may use' })),
    inputTokens: Type.Optional(Type.Integer({ minimum: 1, description: 'Context window' })),
    outputTokens: Type.Optional(Type.Integer({ minimum: 1, description: 'Longest answer, and what is asked for where a client names no limit' })),
  },
  { additionalProperties: false },
)

/** Settings of one Anthropic-compatible API; one kind of provider may be configured several times under different names. */
export const AnthropicOptions = Type.Object(
  {
    ...poolOptions,
    name: Type.String({
      default: 'anthropic-compatible',
      pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
      description: 'What it is called here, and the prefix by which clients may ask for it',
    }),
    baseUrl: Type.String({ ...BaseUrl, default: OFFICIAL_URL, description: 'Where the API begins, without /v1; of accounts that name none of their own' }),
    apiKeyVariable: Type.Optional(
      Type.String({
        pattern: '^[A-Z][A-Z0-9_]*$',
        description: 'Environment variable with its keys, separated by commas: an account each; used where `accounts` is empty',
      }),
    ),
    accounts: Type.Array(AccountOptions, { default: [], description: 'One for each key' }),
    headers: Type.Record(HeaderName, HeaderValue, { default: {}, description: 'Headers of all calls' }),
    version: Type.String({ default: '2023-06-01', pattern: '^[\\w.-]{1,32}$', description: '`anthropic-version` of calls whose client names none' }),
    betas: Type.Array(Type.String({ pattern: '^[\\w.-]{1,100}$' }), { default: [], description: "Added to the client's own `anthropic-beta`" }),
    models: Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 256 }), ModelOptions]), {
      default: [],
      description: "Models beside, or instead of, those that the upstream lists; what is said of a model here wins over the upstream's list",
    }),
    listModels: Type.Boolean({ default: true, description: 'Whether the upstream is asked for its models' }),
  },
  { additionalProperties: false },
)

export type AnthropicOptions = Static<typeof AnthropicOptions>
export type AccountOptions = Static<typeof AccountOptions>
type ModelOptions = Static<typeof ModelOptions>
