import { type SignedInAccount, SignedInAccounts } from '../accounts/signed-in-accounts.ts'
import { openServices, type Services } from '../container/services.ts'
import type { AddedAccount } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { Flags } from '../contract/settings.ts'
import type { SignedIn, SignInMethod } from '../contract/sign-in.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { hasBrowser } from '../sign-in/open-browser.ts'
import { AccountEgress } from '../transport/egress.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { signIn } from './login-flow.ts'
import { type LoginChoices, readInputs, readMethod } from './login-inputs.ts'
import { plain } from './output.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { WrongUse } from './wrong-use.ts'

export interface LoginFlags extends Flags, LoginChoices {
  readonly provider: string
  readonly browser: boolean
  readonly label?: string
  readonly json?: boolean
}

/** How long nothing happens at the longest; only there to keep the process alive, which no timer of a sign-in does. */
const FOR_EVER_MS = 2 ** 30

/** Adds an account by signing in, or gives a known one a new sign-in. */
export async function login(context: CommandContext, flags: LoginFlags): Promise<ExitCode> {
  const { provider: name, browser, label, json, method: _method, startUrl: _startUrl, region: _region, ...loading } = flags
  const services = await openServices(await context.load({ logLevel: 'warn', ...loading }))
  const terminal = processTerminal()
  const awake = setInterval(() => undefined, FOR_EVER_MS)
  try {
    const provider = services.providers.get(name)
    if (provider?.signIn === undefined)
      throw new WrongUse(`one cannot sign in to "${name}"; one can to ${signInsOf(services).join(', ') || 'none of the configured providers'}`)
    const opens = browser && hasBrowser({ platform: process.platform, variables: services.settings.environment })
    const { method, signedIn } = await interruptible(terminal, signal =>
      lead(provider, { choices: flags, opens }, { services, terminal, signal, tell: text => context.output.notice(text) }),
    )
    const account = await keep(services, { provider, imported: signedIn.account, ...(label && { label }) })
    if (json) context.output.json(account)
    else report(context, { account, signedIn, method })
    return 0
  } finally {
    clearInterval(awake)
    terminal.close()
    await services.close()
  }
}

interface Leading {
  readonly services: Services
  readonly terminal: Terminal
  readonly signal: AbortSignal
  readonly tell: (text: string) => void
}

interface Led {
  readonly method: SignInMethod
  readonly signedIn: SignedIn
}

/** From the choice of a method to an account that works. */
async function lead(
  { signIn: offer }: Provider,
  { choices, opens }: { readonly choices: LoginChoices; readonly opens: boolean },
  { services: { settings, clock }, ...person }: Leading,
): Promise<Led> {
  if (offer === undefined) throw new GatewayError('internal', 'a sign-in was begun with a provider that has none')
  const method = await readMethod(offer.methods, { choices, ...person })
  const inputs = await readInputs(method, { choices, ...person })
  const egress = new AccountEgress({ egressOptions: { proxies: settings.proxies, clock } })
  try {
    return { method, signedIn: await signIn(offer, { method, inputs, opens }, { http: egress.direct, clock, ...person }) }
  } finally {
    await egress.close()
  }
}

function signInsOf({ providers }: Services): readonly string[] {
  return [...providers.values()].filter(provider => provider.signIn !== undefined).map(provider => provider.name)
}

async function keep({ store, vault, clock, watch, directory }: Services, account: SignedInAccount): Promise<AddedAccount> {
  const { id, added } = await new SignedInAccounts({ store, vault, clock }).keep(account)
  await watch.check()
  return { ...(await directory.show(id)), added }
}

/** Whatever is under way when the person stops is left behind: nothing has been kept yet. */
function interruptible<T>(terminal: Terminal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopped = new AbortController()
  const ending = new Promise<never>((_, reject) => {
    terminal.onInterrupt(() => {
      const stop = new GatewayError('cancelled', 'the sign-in was stopped; nothing was kept')
      stopped.abort(stop)
      reject(stop)
    })
  })
  return Promise.race([work(stopped.signal), ending])
}

interface Report extends Led {
  readonly account: AddedAccount
}

function report({ output }: CommandContext, { account, signedIn: { plan, doubt }, method }: Report): void {
  const label = plain(account.label)
  const what = [account.id, method.title, ...(plan === undefined ? [] : [plan])].join(', ')
  if (doubt !== undefined) output.notice(doubt)
  if (account.state.status === 'disabled') output.line(`signed in again as ${label} (${what}); the account is disabled and serves when it is enabled again`)
  else output.line(`signed in${account.added ? '' : ' again'} as ${label} (${what}); this account serves from now on`)
}
