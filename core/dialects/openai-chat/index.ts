import type { Dialect } from '../../contract/dialect.ts'
import { fault } from './faults.ts'
import { renderModel, renderModels } from './models.ts'

/** OpenAI's API: the model list, and the error shape of every path under `/v1` that is nobody else's. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  routes: [
    { method: 'GET', path: '/v1/models', serves: 'models' },
    { method: 'GET', path: '/models', serves: 'models' },
    { method: 'GET', path: '/v1/models/*id', serves: 'model' },
  ],
  fault,
  models: { list: renderModels, one: renderModel },
}
