import { Value } from 'typebox/value'
import type { Account } from '../../core/index.ts'
import type { AnthropicCredential } from '../../providers/anthropic-compatible/credential.ts'
import { AnthropicOptions } from '../../providers/anthropic-compatible/options.ts'

export function anthropicAccount(credential: Partial<AnthropicCredential> = {}): Account<AnthropicCredential> {
  return {
    id: 'account-1',
    provider: 'anthropic-compatible',
    label: 'test',
    credential: { apiKey: 'sk-ant-test', ...credential },
    generation: 1,
    facts: {},
    settings: {},
  }
}

/** Options with their defaults, as the configuration loader hands them over. */
export function anthropicOptions(given: Partial<AnthropicOptions> = {}): AnthropicOptions {
  return Value.Parse(AnthropicOptions, Value.Default(AnthropicOptions, { ...given }))
}
