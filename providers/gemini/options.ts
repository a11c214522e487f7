import { accountOptions, poolOptions, type Static, Type } from '../../core/index.ts'

const text = (description: string) => Type.String({ minLength: 1, description })

/** Harm categories without their common prefix. */
export const HARM_CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT', 'CIVIC_INTEGRITY'] as const

const Threshold = Type.Union(
  (['OFF', 'BLOCK_NONE', 'BLOCK_ONLY_HIGH', 'BLOCK_MEDIUM_AND_ABOVE', 'BLOCK_LOW_AND_ABOVE'] as const).map(word => Type.Literal(word)),
  { description: "From which likelihood on an answer is blocked, in Google's words" },
)

const AccountOptions = Type.Object(
  {
    ...accountOptions,
    apiKey: text('A key of the Gemini API, as made in Google AI Studio'),
    baseUrl: Type.Optional(Type.String({ pattern: '^https?://', description: 'Where this key is served, instead of `apiUrl`: a relay' })),
    headers: Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.String(), { description: 'Further headers of every request with this key' })),
  },
  { additionalProperties: false },
)

/** Settings of the Gemini provider; all may be left out. */
export const GeminiOptions = Type.Object(
  {
    ...poolOptions,
    name: Type.Optional(
      Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$', description: 'Its name in the configuration, where it stands in the list several times' }),
    ),
    accounts: Type.Optional(Type.Array(AccountOptions, { description: 'One account per key' })),
    apiUrl: Type.String({ default: 'https://generativelanguage.googleapis.com', pattern: '^https?://', description: 'Where the API is served' }),
    apiVersion: Type.String({ default: 'v1beta', pattern: '^v[0-9][a-z0-9]*$', description: '`v1beta` has everything; `v1` and `v1alpha` are the others' }),
    models: Type.Optional(
      Type.Array(text('The id of a model'), {
        minItems: 1,
        description: 'The models that are offered, instead of those that the API lists: for relays without a list',
      }),
    ),
    safety: Type.Optional(
      Type.Union(
        [Threshold, Type.Partial(Type.Object(Object.fromEntries(HARM_CATEGORIES.map(category => [category, Threshold]))), { additionalProperties: false })],
        {
          description: "One threshold for all categories, or one by category; left out: the model's own",
        },
      ),
    ),
  },
  { additionalProperties: false },
)

export type GeminiOptions = Static<typeof GeminiOptions>
