import type { ErrorName } from './errors.ts'

interface Common {
  /** Which calls it is for; default `generate`. */
  readonly on?: 'generate' | 'models' | 'count'
  /** Only calls with this key. */
  readonly key?: string
  /** How many calls it serves; default 1. */
  readonly times?: number
}

/** What happens instead of an ordinary answer. */
export type Step = Common &
  (
    | { readonly do: 'error'; readonly error: ErrorName; readonly inArray?: boolean; readonly headers?: Readonly<Record<string, string>> }
    | {
        /** These chunks, one write each. */
        readonly do: 'chunks'
        readonly chunks: readonly unknown[]
        readonly form?: 'sse' | 'array'
        readonly ending?: 'clean' | 'cut' | 'stall'
      }
    | {
        /** These very bytes. */
        readonly do: 'raw'
        readonly status?: number
        readonly contentType: string
        readonly text: string
      }
    /** The ordinary answer, sent byte by byte. */
    | { readonly do: 'bytewise' }
  )
