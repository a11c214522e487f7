import type { Services } from '../../container/services.ts'
import { type Check, failed, ok, warn } from './check.ts'

/** Whether every secret opens with the key at hand. */
export const checkSecrets: Check<Services> = async ({ directory }) => {
  const accounts = await directory.list()
  const closed = accounts.filter(({ state }) => state.reason === 'unreadable')
  if (closed.length === 0) return [ok('encryption key', `opens ${accounts.length} of ${accounts.length} secrets`)]
  return [
    failed(
      'encryption key',
      `${closed.length} of ${accounts.length} secrets do not open`,
      'restore the key that they were kept with (TOKEN_ENCRYPT_KEY, or the key file of the data folder), or add the accounts again',
    ),
  ]
}

/** Whether clients have something to present. */
export const checkKeys: Check<Services> = async ({ keys, settings, clock }) => {
  if (settings.auth === 'none') return [ok('client keys', 'nobody is asked for one')]
  const live =
    (await keys.list()).filter(({ revokedAt, expiresAt = Infinity }) => revokedAt === undefined && expiresAt > clock.now()).length + settings.keys.length
  return [
    live > 0
      ? ok('client keys', `${live}`)
      : warn('client keys', 'there is none that is valid', 'make one with "kiro-gateway keys create"; the first start makes one as well'),
  ]
}
