import type { Lane } from '../../core/index.ts'
import type { AnthropicCredential } from './credential.ts'

export const OFFICIAL_URL = 'https://api.anthropic.com'

const OFFICIAL_HOST = /^https:\/\/api\.anthropic\.com(?:\/|$)/

/** The API's paths, below its base. */
export type Operation = '/v1/messages' | '/v1/messages/count_tokens' | '/v1/models'

/** Where an account's calls go: its own base or the provider's. */
export function baseOf({ baseUrl }: Pick<AnthropicCredential, 'baseUrl'>, fallback: string): string {
  return normalBase(baseUrl ?? fallback)
}

/** Vendors print their addresses with and without the version, and people copy the whole path. */
export function normalBase(url: string): string {
  return url
    .replace(/\/+$/, '')
    .replace(/\/v1(?:\/messages)?$/, '')
    .replace(/\/+$/, '')
}

export function urlOf(base: string, operation: Operation): string {
  return `${base}${operation}`
}

/** The vendor's own host: its rules are known, those of others are theirs. */
export function isOfficial(base: string): boolean {
  return OFFICIAL_HOST.test(base)
}

/** One endpoint per account. */
export function lanesFor(base: string): readonly Lane[] {
  return [{ id: 'api', origin: new URL(base).origin }]
}
