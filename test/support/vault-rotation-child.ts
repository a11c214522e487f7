import { readKeyFile, replaceKeyFile, vaultKey } from '../../core/accounts/vault-key.ts'
import { rotateVaultKey } from '../../core/accounts/vault-rotation.ts'
import { openStore, type StoreOptions } from '../../core/store/open.ts'
import { systemClock } from '../../core/telemetry/system-clock.ts'
import { randomBytes } from 'node:crypto'

/** `vault rotate` without its command line: says when it begins, and does not wait for gateways. */
const options = JSON.parse(process.argv[2] ?? '{}') as StoreOptions
const store = await openStore(options)
const file = readKeyFile(options.dataDir)
process.stdout.write('begins\n')
await rotateVaultKey({
  store,
  // Nobody else is here who would have to notice.
  clock: { ...systemClock, timer: (_ms, callback) => systemClock.timer(0, callback) },
  known: file ? [file] : [],
  next: vaultKey(randomBytes(32)),
  chosen: false,
  keep: next => replaceKeyFile(options.dataDir, next),
})
await store.close()
process.stdout.write('done\n')
