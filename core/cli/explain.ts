import type { ExplainedAccount } from '../contract/explanation.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Keys } from '../keys/keys.ts'
import { allowsModel } from '../routing/model-restriction.ts'
import type { CommandContext, ExitCode } from './command.ts'
import type { Cell } from './output.ts'
import { withGeneration } from './with-generation.ts'

export interface ExplainFlags extends Flags {
  readonly model: string
  readonly session?: string
  readonly keyId?: string
  readonly json?: boolean
}

/** Which account a request for a model would get, who would stand in for it, and what rules the others out. */
export async function explain(context: CommandContext, { model, session, keyId, json, ...flags }: ExplainFlags): Promise<ExitCode> {
  return withGeneration(context, flags, async ({ pool }, { keys }) => {
    const { output } = context
    const key = keyId === undefined ? undefined : await keyOf(keys, keyId)
    const explanation = pool.explain({ model, principal: { keyId: keyId ?? 'command-line' }, ...(session !== undefined && { session }) })
    const refused = key !== undefined && !allowsModel(key, model)
    if (json) {
      output.json({ ...explanation, ...(key && { keyMayAsk: !refused }) })
      return 0
    }
    if (explanation.candidates.length === 0) output.notice('there is no account that the model could be asked of; see "kiro-gateway accounts list"')
    else output.table(['PLACE', 'ACCOUNT', 'LABEL', 'PROVIDER', 'VERDICT', 'WHY'], explanation.candidates.map(row))
    if (refused) output.notice(`the key ${keyId} may not ask for ${model}: it is restricted to ${key.models?.join(', ')}`)
    if (session !== undefined)
      output.notice('which conversation is with which account is known to the running server alone: this is what a new conversation would get')
    return 0
  })
}

async function keyOf(keys: Keys, id: string) {
  const key = (await keys.list()).find(each => each.id === id)
  if (key === undefined) throw new GatewayError('not_found', `there is no key ${id}: list them with "kiro-gateway keys list"`)
  return key
}

function row({ position, account, label, provider, verdict, reason }: ExplainedAccount): readonly Cell[] {
  return [position === undefined ? '-' : String(position), account, label, provider, { text: verdict, tone: TONES[verdict] }, { text: reason, whole: true }]
}

const TONES = { chosen: 'good', fallback: 'fair', 'ruled-out': 'low' } as const
