import type { ErrorName } from './error-catalogue.ts'
import type { StreamScriptName } from './stream-scripts.ts'

/** What shall happen to the next message that is asked for; each step is used up by one. */
export type Step =
  | { readonly do: 'refuse'; readonly error: ErrorName; readonly headers?: Readonly<Record<string, string>> }
  | { readonly do: 'play'; readonly script: StreamScriptName }
  /** These bytes as the stream, or as the document where none is asked for. */
  | { readonly do: 'send'; readonly text: string; readonly contentType?: string }
  /** Members of the whole answer that are put over what would have been said. */
  | { readonly do: 'answer'; readonly message: Readonly<Record<string, unknown>> }
  /** Nothing is said until the connection ends. */
  | { readonly do: 'hang' }
