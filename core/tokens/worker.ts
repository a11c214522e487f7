// The tokenizer's thread. It costs a tenth of a second to load and milliseconds to use: never on the event loop.
import { parentPort } from 'node:worker_threads'
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base'
import { slices } from './slices.ts'
import type { CountAnswer, CountQuestion } from './tokenizer.ts'

/** Words of the vocabulary's own markup are text like any other here: clients may write them. */
const PLAIN = { disallowedSpecial: new Set<string>() }

parentPort?.on('message', ({ id, texts }: CountQuestion) => {
  let tokens = 0
  for (const text of texts) for (const slice of slices(text)) tokens += countTokens(slice, PLAIN)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage({ id, tokens } satisfies CountAnswer)
})
