import type { Variables } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { processTerminal } from './terminal.ts'

const VARIABLE = 'KIRO_GATEWAY_EXPORT_PASSPHRASE'
/** Scrypt makes guessing slow, not impossible. */
const SHORTEST = 8

/**
 * The passphrase of an export, from the environment or typed without being shown; never from the command line, which
 * every user of the machine can read.
 * @param options.isNew asked twice, and not too short
 */
export async function readPassphrase(variables: Variables, { isNew }: { readonly isNew: boolean }): Promise<string> {
  const set = variables[VARIABLE]
  const passphrase = set !== undefined && set !== '' ? set : await askPassphrase(isNew)
  if (isNew && passphrase.length < SHORTEST) throw new GatewayError('bad_request', `the passphrase is shorter than ${SHORTEST} characters; choose a longer one`)
  return passphrase
}

async function askPassphrase(isNew: boolean): Promise<string> {
  const terminal = processTerminal()
  try {
    if (!terminal.interactive) throw new GatewayError('bad_request', `there is nobody to ask for the passphrase; set ${VARIABLE}`)
    const first = (await terminal.secret('Passphrase: ')) ?? ''
    if (first === '') throw new GatewayError('bad_request', 'no passphrase was typed; nothing was done')
    if (isNew && (await terminal.secret('Once more: ')) !== first) throw new GatewayError('bad_request', 'the two passphrases differ; nothing was written')
    return first
  } finally {
    terminal.close()
  }
}
