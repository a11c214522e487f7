import { type ImportedAccount, type Static, Type } from '../../core/index.ts'
import type { GeminiOptions } from './options.ts'

/** One key of the Gemini API, with where it is served if not by Google itself. */
export const GeminiCredential = Type.Object(
  {
    apiKey: Type.String({ minLength: 1 }),
    baseUrl: Type.Optional(Type.String()),
    /** May hold secrets of a relay. */
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
)

export type GeminiCredential = Static<typeof GeminiCredential>

/** The accounts that a configuration names. */
export function configuredAccounts({ accounts = [] }: Pick<GeminiOptions, 'accounts'>): readonly ImportedAccount<GeminiCredential>[] {
  return accounts.map(({ apiKey, baseUrl, headers, label, ...settings }, index) => ({
    label: label ?? `key ${index + 1}`,
    credential: { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }), ...(headers === undefined ? {} : { headers }) },
    settings,
  }))
}
