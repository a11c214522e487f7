import { type Static, Type } from '../../core/index.ts'

export const ApiKey = Type.String({ minLength: 1, pattern: '^[!-~]+$' })

export const HeaderName = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
export const HeaderValue = Type.String({ pattern: '^[ -~]{0,4096}$' })

/** A header's value may be a secret of its own, which is why an account's are kept with its key. */
export const HeaderRecord = Type.Record(HeaderName, HeaderValue)

/** How a key is presented; absent: as its host expects (`providers.md` §7.1). */
export const AuthStyle = Type.Union([Type.Literal('x-api-key'), Type.Literal('bearer')])

/** Where the API begins, without `/v1`. */
export const BaseUrl = Type.String({ pattern: '^https?://[^\\s?#]+$' })

/** One key of an Anthropic-compatible API, with what belongs to it. */
export const AnthropicCredential = Type.Object(
  {
    apiKey: ApiKey,
    auth: Type.Optional(AuthStyle),
    baseUrl: Type.Optional(BaseUrl),
    headers: Type.Optional(HeaderRecord),
  },
  { additionalProperties: false },
)

export type AnthropicCredential = Static<typeof AnthropicCredential>
export type AuthStyle = Static<typeof AuthStyle>
