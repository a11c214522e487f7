import { type Static, Type } from '../../core/index.ts'

/** One account's secret: a key, or nothing but the place where none is asked for. Headers may be secrets too. */
export const OpenaiCompatibleCredential = Type.Object(
  {
    apiKey: Type.Optional(Type.String({ minLength: 1, pattern: '^[!-~]+$' })),
    /** Where this account is served, instead of the provider's own base URL. */
    baseUrl: Type.Optional(Type.String({ minLength: 1, pattern: '^https?://[^\\s/]+' })),
    headers: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_-]+$' }), Type.String())),
  },
  { additionalProperties: false },
)

export type OpenaiCompatibleCredential = Static<typeof OpenaiCompatibleCredential>
