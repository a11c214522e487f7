import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keysInUse } from '../accounts/open-vault.ts'
import { checkSealed, type UnreadableSecret } from '../accounts/sealed-tokens.ts'
import { KEY_BYTES, KEY_FILE, parseVaultKey, readKeyFile, removeKeyFile, replaceKeyFile, vaultKey } from '../accounts/vault-key.ts'
import type { KeyRing } from '../accounts/vault-state.ts'
import { type RotationReport, rotateVaultKey } from '../accounts/vault-rotation.ts'
import type { Flags, Settings } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import type { CommandContext, ExitCode } from './command.ts'

interface VaultFlags extends Flags {
  readonly json?: boolean
}

export interface RotateFlags extends VaultFlags {
  /** Name of the variable that holds the new key: a value on the command line would be seen by everybody on the machine. */
  readonly toEnv?: string
  readonly toFile?: boolean
}

/** Puts a new encryption key in the place of the one in use, also beside a running gateway. */
export function rotateVault(context: CommandContext, { toEnv, toFile = false, json = false, ...flags }: RotateFlags): Promise<ExitCode> {
  return withStore(context, flags, async (store, settings) => {
    const { dataDir, encryptionKey } = settings
    if (toEnv !== undefined && toFile) throw new GatewayError('bad_request', 'the new key goes to one place: give --to-env NAME or --to-file')
    if (toEnv === undefined && !toFile && encryptionKey !== undefined) {
      throw new GatewayError(
        'bad_request',
        `TOKEN_ENCRYPT_KEY is set, and stays what it is: put the new key into another variable and name that with --to-env NAME, or move to a key file with --to-file`,
      )
    }
    const file = readKeyFile(dataDir)
    const given = encryptionKey === undefined ? undefined : parseVaultKey(encryptionKey, 'TOKEN_ENCRYPT_KEY')
    const report = await rotateVaultKey({
      store,
      clock: systemClock,
      known: [given, file].filter(key => key !== undefined),
      next: toEnv === undefined ? vaultKey(randomBytes(KEY_BYTES)) : keyFrom(settings, toEnv),
      chosen: toEnv !== undefined,
      keep: next => {
        if (toEnv === undefined) replaceKeyFile(dataDir, next)
      },
    })
    if (toEnv !== undefined && file !== undefined) removeKeyFile(dataDir)
    if (json) context.output.json({ ...report, keyFile: toEnv === undefined ? join(dataDir, KEY_FILE) : null })
    else for (const line of told(report, { settings, ...(toEnv !== undefined && { toEnv }) })) context.output.line(line)
    return 0
  })
}

/** Opens every secret and says which cannot be. */
export function checkVault(context: CommandContext, { json = false, ...flags }: VaultFlags): Promise<ExitCode> {
  return withStore(context, flags, async (store, { dataDir, encryptionKey }) => {
    const keys = await keysInUse({ store, dataDir, encryptionKey })
    const { secrets, unreadable } = keys === undefined ? { secrets: 0, unreadable: [] } : await checkAll(store, keys)
    const rotating = keys !== undefined && keys.length > 1
    if (json) context.output.json({ key: keys?.[0].id ?? null, rotating, secrets, unreadable })
    else {
      context.output.line(
        keys === undefined
          ? 'nothing is encrypted yet'
          : `${secrets - unreadable.length} of ${secrets} secrets open with the key ${keys[0].id} from ${encryptionKey === undefined ? join(dataDir, KEY_FILE) : 'TOKEN_ENCRYPT_KEY'}`,
      )
      if (rotating) context.output.line('a rotation has not ended: run "kiro-gateway vault rotate" again')
      for (const { reason } of unreadable) context.output.line(reason)
    }
    return unreadable.length > 0 ? 1 : 0
  })
}

async function checkAll(store: Store, keys: KeyRing): Promise<{ readonly secrets: number; readonly unreadable: readonly UnreadableSecret[] }> {
  const unreadable: UnreadableSecret[] = []
  let secrets = 0
  let stretch = await checkSealed(store.database, keys, '')
  while (stretch) {
    secrets += stretch.secrets
    unreadable.push(...stretch.unreadable)
    stretch = await checkSealed(store.database, keys, stretch.last)
  }
  return { secrets, unreadable }
}

function keyFrom({ environment }: Settings, name: string) {
  const text = environment[name]
  if (text === undefined || text.trim() === '')
    throw new GatewayError('bad_request', `the variable ${name} is not set: put the new key into it, such as the output of "openssl rand -hex 32"`)
  return parseVaultKey(text, name)
}

function told({ former, next, resealed, unreadable }: RotationReport, { settings, toEnv }: { readonly settings: Settings; readonly toEnv?: string }): string[] {
  const { dataDir, encryptionKey, databaseUrl } = settings
  const file = join(dataDir, KEY_FILE)
  const lines = [
    former === next
      ? `the key ${next} is in use already`
      : `${resealed} secrets are encrypted with the key ${next} now; the former key ${former} opens nothing here any more, only backups made before`,
  ]
  if (toEnv === undefined) {
    lines.push(`the new key is in ${file}`)
    if (encryptionKey !== undefined) lines.push('remove TOKEN_ENCRYPT_KEY from the environment before the next start: it holds the former key')
    if (databaseUrl !== undefined) lines.push(`copy ${file} into the data folder of every other node before its next start`)
  } else if (toEnv !== 'TOKEN_ENCRYPT_KEY') lines.push(`before its next start, give every node the value of ${toEnv} as TOKEN_ENCRYPT_KEY`)
  if (unreadable.length > 0)
    lines.push(`${unreadable.length} secrets could not be opened before either, and were left as they are: see "kiro-gateway vault check"`)
  return lines
}

async function withStore(context: CommandContext, flags: Flags, work: (store: Store, settings: Settings) => Promise<ExitCode>): Promise<ExitCode> {
  const settings = await context.load(flags)
  const store = await openStore({ dataDir: settings.dataDir, databaseUrl: settings.databaseUrl })
  try {
    return await work(store, settings)
  } finally {
    await store.close()
  }
}
