import type { Dialect } from '../../contract/dialect.ts'
import { fault } from './faults.ts'
import { renderModel, renderModels } from './models.ts'
import { parseMessages } from './parse.ts'
import { createEncoder, renderMessage } from './render.ts'

/** The paths of the unprefixed API serve several dialects; Anthropic's clients always send their version. */
const versioned = (headers: Readonly<Record<string, string | undefined>>) => headers['anthropic-version'] !== undefined

/** Anthropic's Messages API, at `/v1` and once more under `/anthropic`. */
export const anthropic: Dialect = {
  name: 'anthropic',
  routes: [
    { method: 'POST', path: '/v1/messages', serves: 'chat' },
    { method: 'POST', path: '/messages', serves: 'chat' },
    { method: 'POST', path: '/anthropic/v1/messages', serves: 'chat' },
    { method: 'POST', path: '/v1/messages/count_tokens', serves: 'count-tokens' },
    { method: 'POST', path: '/messages/count_tokens', serves: 'count-tokens' },
    { method: 'POST', path: '/anthropic/v1/messages/count_tokens', serves: 'count-tokens' },
    { method: 'GET', path: '/v1/models', serves: 'models', claims: versioned },
    { method: 'GET', path: '/v1/models/*id', serves: 'model', claims: versioned },
    { method: 'GET', path: '/anthropic/v1/models', serves: 'models' },
    { method: 'GET', path: '/anthropic/v1/models/*id', serves: 'model' },
  ],
  fault,
  chat: { parse: parseMessages, complete: renderMessage, encoder: createEncoder },
  tokens: { parse: parseMessages, render: tokens => ({ input_tokens: tokens }) },
  models: { list: renderModels, one: renderModel },
}
