import { openServices } from '../container/services.ts'
import type { Flags } from '../contract/settings.ts'
import type { KeySummary, Keys } from '../keys/keys.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime } from './output.ts'

interface KeyFlags extends Flags {
  readonly json?: boolean
}

export function createKey(context: CommandContext, { label, json, ...flags }: KeyFlags & { readonly label: string }): Promise<ExitCode> {
  return withKeys(context, flags, async keys => {
    const made = await keys.create({ label })
    if (json) context.output.json(made)
    else {
      context.output.line(made.key)
      context.output.notice(`This key (${made.id}, "${made.label}") is shown once: only its hash is kept.`)
    }
  })
}

export function listKeys(context: CommandContext, { json, ...flags }: KeyFlags): Promise<ExitCode> {
  return withKeys(context, flags, async keys => {
    const found = await keys.list()
    if (json) context.output.json(found)
    else context.output.table(['ID', 'LABEL', 'KEY', 'MADE', 'STATE'], found.map(row))
  })
}

export function revokeKey(context: CommandContext, { id, json, ...flags }: KeyFlags & { readonly id: string }): Promise<ExitCode> {
  return withKeys(context, flags, async keys => {
    const revoked = await keys.revoke(id)
    if (json) context.output.json(revoked)
    else context.output.line(`revoked ${revoked.id} ("${revoked.label}")`)
  })
}

function row(key: KeySummary): readonly string[] {
  const ended = key.expiresAt !== undefined && key.expiresAt <= Date.now()
  return [key.id, key.label, `…${key.hint}`, formatTime(key.createdAt), key.revokedAt === undefined ? (ended ? 'expired' : 'active') : 'revoked']
}

async function withKeys(context: CommandContext, flags: Flags, use: (keys: Keys) => Promise<void>): Promise<ExitCode> {
  const services = await openServices(await context.load(flags))
  try {
    await use(services.keys)
    return 0
  } finally {
    await services.close()
  }
}
