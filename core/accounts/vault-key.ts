import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../errors/gateway-error.ts'

export const KEY_BYTES = 32
export const KEY_FILE = 'vault.key'

const DRAFT = `.${KEY_FILE}.`
const YOUNG_MS = 60_000

export interface VaultKey {
  /** Public name of the key: says which of several opens a text, nothing of the key. */
  readonly id: string
  readonly bytes: Buffer
}

export function vaultKey(bytes: Buffer): VaultKey {
  const id = createHash('sha256').update('kiro-gateway vault key id\0').update(bytes).digest('hex').slice(0, 8)
  return { id, bytes }
}

/**
 * A key as people write it: 32 bytes in hex or base64.
 * @throws GatewayError `store_unavailable`; the text itself is never repeated
 */
export function parseVaultKey(text: string, source: string): VaultKey {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return vaultKey(Buffer.from(trimmed, 'hex'))
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return vaultKey(Buffer.from(trimmed, 'base64url'))
  throw new GatewayError(
    'store_unavailable',
    `${source} is not an encryption key: give 32 random bytes in hex or base64, such as the output of "openssl rand -hex 32"`,
  )
}

export function readKeyFile(dataDir: string): VaultKey | undefined {
  const file = join(dataDir, KEY_FILE)
  return existsSync(file) ? parseVaultKey(readFileSync(file, 'utf8'), file) : undefined
}

/** Makes the key file unless another process was faster: it appears whole or not at all, and is never overwritten. */
export function createKeyFile(dataDir: string): VaultKey {
  const file = join(dataDir, KEY_FILE)
  withDraft(dataDir, vaultKey(randomBytes(KEY_BYTES)), draft => {
    try {
      linkSync(draft, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  })
  return parseVaultKey(readFileSync(file, 'utf8'), file)
}

/** Puts another key into the key file: at each instant it holds the one or the other. */
export function replaceKeyFile(dataDir: string, key: VaultKey): void {
  withDraft(dataDir, key, draft => renameSync(draft, join(dataDir, KEY_FILE)))
}

export function removeKeyFile(dataDir: string): void {
  rmSync(join(dataDir, KEY_FILE), { force: true })
  syncFolder(dataDir)
}

function withDraft(dataDir: string, key: VaultKey, use: (draft: string) => void): void {
  sweepDrafts(dataDir)
  const draft = join(dataDir, `${DRAFT}${randomBytes(6).toString('hex')}`)
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeSync(descriptor, `${key.bytes.toString('hex')}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  try {
    use(draft)
    syncFolder(dataDir)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A killed process leaves its draft behind, with a key in it. A young one may be in use. */
function sweepDrafts(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter(each => each.startsWith(DRAFT))) {
    const { mtimeMs } = statSync(join(dataDir, name), { throwIfNoEntry: false }) ?? {}
    if (mtimeMs !== undefined && mtimeMs < Date.now() - YOUNG_MS) rmSync(join(dataDir, name), { force: true })
  }
}

/** A file's name is durable only once its folder is; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
