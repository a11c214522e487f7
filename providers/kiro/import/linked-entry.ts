import type { CredentialText, ImportContext } from '../../../core/index.ts'
import { type Fields, isFields, textOf } from '../untrusted.ts'
import { Entry } from './entry.ts'
import { Rejection } from './rejection.ts'
import { readEntries } from './source-text.ts'

/** A value of a source, with what stands beside the place that it was really read from. */
export interface FoundEntry {
  readonly value: unknown
  readonly context: ImportContext
}

/** An entry that only names the file of its token, as Kiro Proxy's `config.json` does, becomes what that file holds. */
export async function followLink(value: unknown, context: ImportContext): Promise<FoundEntry | Rejection> {
  const path = linkOf(value)
  if (path === undefined || !isFields(value)) return { value, context }
  const shown = JSON.stringify(path.slice(0, 200))
  if (context.linked === undefined) return new Rejection(`it only names the file of its token, ${shown}; import that file`)
  const file = await context.linked(path)
  if (file === undefined) return new Rejection(`the file of its token, ${shown}, is not there or cannot be read`)
  const entry = firstEntry(file)
  if (entry === undefined) return new Rejection(`the file of its token, ${shown}, holds no credential`)
  const { enabled, disabled } = value
  const label = textOf(value.name) ?? textOf(value.label)
  return { value: { ...entry, ...(label === undefined ? {} : { label }), enabled, disabled }, context: file.context }
}

function linkOf(value: unknown): string | undefined {
  if (!isFields(value)) return undefined
  const entry = new Entry(value)
  const ownToken = entry.peekText('refreshToken', 'accessToken', 'kiroApiKey', 'apiKey')
  return ownToken === undefined ? entry.peekText('tokenPath') : undefined
}

function firstEntry({ text, context }: CredentialText): Fields | undefined {
  try {
    return readEntries(text, context.source).find(isFields)
  } catch {
    return undefined
  }
}
