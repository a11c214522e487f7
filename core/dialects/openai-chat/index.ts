import type { Dialect } from '../../contract/dialect.ts'
import { fault } from './faults.ts'
import { renderModel, renderModels } from './models.ts'
import { parseChat } from './parse.ts'
import { createEncoder, renderCompletion } from './render.ts'

/** OpenAI's Chat Completions with the model list, with and without `/v1`; its error shape answers every path that is nobody else's. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  routes: [
    { method: 'POST', path: '/v1/chat/completions', serves: 'chat' },
    { method: 'POST', path: '/chat/completions', serves: 'chat' },
    { method: 'GET', path: '/v1/models', serves: 'models' },
    { method: 'GET', path: '/models', serves: 'models' },
    { method: 'GET', path: '/v1/models/*id', serves: 'model' },
    { method: 'GET', path: '/models/*id', serves: 'model' },
  ],
  fault,
  chat: { parse: parseChat, complete: renderCompletion, encoder: createEncoder },
  models: { list: renderModels, one: renderModel },
}
