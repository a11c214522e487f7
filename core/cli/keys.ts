import { expandPath } from '../container/credential-context.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { parseExpiry } from '../keys/key-expiry.ts'
import type { KeySummary, NewKeyOptions } from '../keys/keys.ts'
import { readOlderKeys } from '../keys/older-keys.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime, plain } from './output.ts'
import { withServices } from './with-services.ts'
import { WrongUse } from './wrong-use.ts'

interface KeyFlags extends Flags {
  readonly json?: boolean
}

/** How long a key lives and what it is for; left out: for ever, and for everything. */
interface LimitFlags extends KeyFlags {
  readonly expires?: string
  /** Names separated by commas, `*` for any characters. */
  readonly models?: string
}

export function createKey(context: CommandContext, { label, json, expires, models, ...flags }: LimitFlags & { readonly label: string }): Promise<ExitCode> {
  return withServices(context, flags, async ({ keys, clock }) => {
    const made = await keys.create({ label, ...limitsOf(expires, models, clock.now()) })
    if (json) context.output.json(made)
    else {
      context.output.line(made.key)
      context.output.notice(`This key (${made.id}, "${plain(made.label)}") is shown once: only its hash is kept. It ${limitWords(made)}.`)
    }
    return 0
  })
}

export function listKeys(context: CommandContext, { json, ...flags }: KeyFlags): Promise<ExitCode> {
  return withServices(context, flags, async ({ keys, clock, settings }) => {
    const found = await keys.list()
    if (json) context.output.json(found)
    else {
      context.output.table(
        ['ID', 'LABEL', 'KEY', 'MADE', 'EXPIRES', 'MODELS', 'STATE'],
        found.map(key => row(key, clock.now())),
      )
      if (settings.keys.length > 0) context.output.notice(`and ${settings.keys.length} from the configuration (PROXY_API_KEY or keys), which are not kept here`)
    }
    return 0
  })
}

export function revokeKey(context: CommandContext, { word, json, ...flags }: KeyFlags & { readonly word: string }): Promise<ExitCode> {
  return withServices(context, flags, async ({ keys }) => {
    const revoked = await keys.revoke(idOf(word, await keys.list()))
    if (json) context.output.json(revoked)
    else context.output.line(`revoked ${revoked.id} ("${plain(revoked.label)}")`)
    return 0
  })
}

/** Takes over the client keys of another gateway, as hashes: its clients go on with what they have. */
export function importKeys(context: CommandContext, { file, json, expires, models, ...flags }: LimitFlags & { readonly file: string }): Promise<ExitCode> {
  return withServices(context, flags, async ({ keys, clock }) => {
    const { keys: found, rejected } = readOlderKeys(expandPath(file))
    const adopted = await keys.adopt(found, limitsOf(expires, models, clock.now()))
    if (json) context.output.json({ imported: adopted, rejected })
    else {
      for (const key of adopted)
        context.output.line(
          key.added
            ? `imported ${key.id} ("${plain(key.label)}", …${plain(key.hint)})`
            : `already there: ${key.id} ("${plain(key.label)}")${key.revokedAt === undefined ? '' : ', and revoked'}`,
        )
      for (const { index, reason } of rejected) context.output.notice(`left out key ${index + 1}: ${reason}`)
    }
    return adopted.length > 0 ? 0 : 1
  })
}

/** An id, or the label of one key; keys that were revoked stand back behind those that work. */
function idOf(word: string, keys: readonly KeySummary[]): string {
  if (keys.some(({ id }) => id === word)) return word
  const labelled = keys.filter(({ label }) => label === word)
  const live = labelled.filter(({ revokedAt }) => revokedAt === undefined)
  const found = live.length > 0 ? live : labelled
  if (found.length > 1)
    throw new GatewayError(
      'not_found',
      `${JSON.stringify(word.slice(0, 100))} names ${found.length} keys; use the id of one: ${found
        .slice(0, 10)
        .map(({ id }) => id)
        .join(', ')}`,
    )
  return found[0]?.id ?? word
}

/** @throws WrongUse for a limit that was set to nothing: left out it would mean no limit at all, such as where a variable of a script is empty */
function limitsOf(expires: string | undefined, models: string | undefined, now: number): Omit<NewKeyOptions, 'label'> {
  const names = models
    ?.split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  if (names?.length === 0) throw new WrongUse('--models names no model; leave it out for a key that is for every model')
  if (expires?.trim() === '') throw new WrongUse('--expires names no time; leave it out for a key that does not end')
  return { ...(expires === undefined ? {} : { expiresAt: parseExpiry(expires, now) }), ...(names === undefined ? {} : { models: names }) }
}

function limitWords({ expiresAt, models }: KeySummary): string {
  return `${expiresAt === undefined ? 'does not expire' : `expires on ${formatTime(expiresAt)} UTC`} and is for ${models === undefined ? 'every model' : models.join(', ')}`
}

function row(key: KeySummary, now: number): readonly string[] {
  const ended = key.expiresAt !== undefined && key.expiresAt <= now
  const state = key.revokedAt === undefined ? (ended ? 'expired' : 'active') : 'revoked'
  return [key.id, key.label, `…${key.hint}`, formatTime(key.createdAt), formatTime(key.expiresAt), key.models?.join(', ') ?? 'all', state]
}
