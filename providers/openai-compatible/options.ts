import { accountOptions, poolOptions, type Static, Type } from '../../core/index.ts'
import { OpenaiCompatibleCredential } from './credential.ts'
import { QuirkOptions } from './quirks.ts'
import { VENDOR_NAMES } from './vendors.ts'

const baseUrl = (description: string) => Type.Optional(Type.String({ pattern: '^https?://[^\\s/]+', description }))
const tokens = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }))
const headers = (description: string) => Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_-]+$' }), Type.String(), { description }))

const ModelOptions = Type.Object(
  {
    id: Type.String({ minLength: 1, description: "The upstream's own id" }),
    name: Type.Optional(Type.String({ minLength: 1, description: 'For people' })),
    aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Other names that clients may use' })),
    inputTokens: tokens('Most tokens of a conversation'),
    outputTokens: tokens('Most tokens of an answer'),
    images: Type.Optional(Type.Boolean({ description: 'Whether it sees images' })),
    reasoning: Type.Optional(Type.Boolean({ description: 'Whether it reasons' })),
  },
  { additionalProperties: false },
)

const AccountOptions = Type.Object(
  {
    apiKey: Type.Optional(Type.String({ minLength: 1, pattern: '^[!-~]+$', description: 'Left out for servers that ask for none' })),
    baseUrl: baseUrl("Where this account is served, instead of the provider's base URL"),
    headers: headers('Headers of all its calls'),
    ...accountOptions,
  },
  { additionalProperties: false },
)

/** Settings of one OpenAI-compatible upstream. */
export const OpenaiCompatibleOptions = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'What it is called here, and the prefix by which clients may ask for it' }),
    ),
    vendor: Type.Optional(Type.Enum([...VENDOR_NAMES], { description: 'A well-known service: sets base URL and quirks' })),
    baseUrl: baseUrl('Where the API is, such as https://api.example.com/v1'),
    apiKeyVariable: Type.Optional(
      Type.String({
        pattern: '^[A-Z][A-Z0-9_]*$',
        description: 'Environment variable with its keys, separated by commas: an account each; used where `accounts` is empty',
      }),
    ),
    accounts: Type.Array(AccountOptions, { default: [], description: 'One for each key' }),
    headers: headers('Headers of all calls'),
    models: Type.Array(Type.Union([Type.String({ minLength: 1 }), ModelOptions]), {
      default: [],
      description: "Models beside, or instead of, those that the upstream lists; what is said of a model here wins over the upstream's list",
    }),
    listModels: Type.Boolean({ default: true, description: 'Whether the upstream is asked for its models' }),
    quirks: Type.Optional(QuirkOptions),
    ...poolOptions,
  },
  { additionalProperties: false },
)

export type OpenaiCompatibleOptions = Static<typeof OpenaiCompatibleOptions>
export type ModelOption = OpenaiCompatibleOptions['models'][number]
export type ConfiguredAccount = OpenaiCompatibleOptions['accounts'][number] & OpenaiCompatibleCredential
