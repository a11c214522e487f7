import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Call, definePlugin, Type } from '../../core/index.ts'
import { Capture } from './capture.ts'
import { tapHttp, tapLog } from './tap.ts'

const Options = Type.Object(
  {
    mode: Type.Enum(['errors', 'all'], { default: 'errors', description: 'keep failed requests, or every request; the next one overwrites the last' }),
    folder: Type.String({ default: 'debug_logs', minLength: 1, description: 'relative to the working directory' }),
  },
  { additionalProperties: false },
)

/** Captures at once: with more requests in flight the newest go without. */
const MOST_AT_ONCE = 64

/** Writes what was asked, sent upstream, received and answered into a folder, for bug reports. Holds prompts: off by default. */
export const debugCapture = definePlugin({
  name: 'debug-capture',
  options: Options,
  setup: ({ mode, folder: given }, { log, worker }) => {
    // Two processes in one folder would mix the files of two requests.
    const folder = worker === undefined ? given : join(given, `worker-${worker}`)
    // By trail, which all copies of a call share: ids come from clients and may repeat.
    const captures = new Map<Call['trail'], Capture>()
    let writing: Promise<void> = Promise.resolve()
    return {
      request(call, next) {
        if (captures.size >= MOST_AT_ONCE) return next(call)
        const capture = new Capture()
        capture.request(call.request.original?.body ?? call.request)
        captures.set(call.trail, capture)
        return next({ ...call, log: tapLog(call.log, capture) })
      },
      attempt(attempt, next) {
        const capture = captures.get(attempt.call.trail)
        return next(capture ? { ...attempt, http: tapHttp(attempt.http, attempt.account.provider, capture) } : attempt)
      },
      output(call) {
        const capture = captures.get(call.trail)
        return capture && (text => capture.wrote(text))
      },
      settled(call, outcome) {
        const capture = captures.get(call.trail)
        captures.delete(call.trail)
        if (capture === undefined || (mode === 'errors' && outcome.status !== 'failed')) return
        // After the last bytes have gone to the client, and never two writers in one folder.
        writing = writing
          .then(() => new Promise<void>(setImmediate))
          .then(() => write(resolve(folder), capture.files(outcome)))
          .catch((error: unknown) => log.warn('a debug capture could not be written', { folder, error }))
      },
      close: () => writing,
    }
  },
})

async function write(folder: string, files: ReturnType<Capture['files']>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [name, content] of files) {
    const path = join(folder, name)
    await writeFile(`${path}.tmp`, content, { mode: 0o600 })
    await rename(`${path}.tmp`, path)
  }
}
