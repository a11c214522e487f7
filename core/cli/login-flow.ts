import type { Clock } from '../contract/clock.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { CallbackAddress, DeviceFlow, SignedIn, SignIn, SignInFlow, SignInMethod } from '../contract/sign-in.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { Arrivals } from '../sign-in/arrivals.ts'
import { listenForCallback } from '../sign-in/callback-listener.ts'
import { readCallback } from '../sign-in/callback-text.ts'
import { waitForCallback } from '../sign-in/callback-wait.ts'
import { waitForDevice } from '../sign-in/device-wait.ts'
import { openBrowser } from '../sign-in/open-browser.ts'
import type { Terminal } from './terminal.ts'

/** What was chosen. */
export interface Chosen {
  readonly method: SignInMethod
  readonly inputs: Readonly<Record<string, string>>
  /** Whether the link is opened, beside being shown. */
  readonly opens: boolean
}

export interface LoginTools {
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly terminal: Terminal
  readonly tell: (text: string) => void
}

/** Leads a person through a sign-in. */
export async function signIn(offer: SignIn, chosen: Chosen, tools: LoginTools): Promise<SignedIn> {
  const { method, inputs } = chosen
  if (method.callback !== undefined) return signInByCallback(offer, { ...chosen, callback: method.callback }, tools)
  return follow(await offer.begin(method.name, { inputs, http: tools.http }), chosen, tools)
}

async function signInByCallback(offer: SignIn, chosen: Chosen & { readonly callback: CallbackAddress }, tools: LoginTools): Promise<SignedIn> {
  const { callback, method, inputs, opens } = chosen
  const { http, tell, terminal } = tools
  const arrivals = new Arrivals()
  const listener = await listenForCallback(callback, arrivals)
  try {
    const port = listener?.port ?? callback.ports[0] ?? 0
    const flow = await offer.begin(method.name, { inputs, http, port })
    if (flow.kind !== 'callback') return await follow(flow, chosen, tools)
    if (listener === undefined) tell(`All ports that the browser could come back to are in use (${callback.ports.join(', ')}); paste its address instead.`)
    show(flow.url, opens, tell)
    const back = `http://${callback.host}:${port}${callback.paths[0] ?? ''}?…`
    tell(
      opens
        ? `Waiting for the browser to come back. If it ends at a page that cannot be shown, copy that page's address (${back}) and paste it here.`
        : `After signing in, the browser goes to ${back}\nOn another machine it cannot show that page: copy its address and paste it here.`,
    )
    void takePasted(terminal, arrivals, tell)
    return await waitForCallback(flow, arrivals, tools)
  } finally {
    await listener?.close()
  }
}

async function follow(flow: SignInFlow, { opens }: Chosen, tools: LoginTools): Promise<SignedIn> {
  switch (flow.kind) {
    case 'finished':
      return flow.signedIn
    case 'device':
      showCode(flow, opens, tools.tell)
      return waitForDevice(flow, tools)
    case 'callback':
      throw new GatewayError('internal', 'the provider began a sign-in with a callback, for a method without one')
    default:
      return flow satisfies never
  }
}

function showCode(flow: DeviceFlow, opens: boolean, tell: (text: string) => void): void {
  show(flow.url, opens, tell)
  tell(`It must show this code, or ask for it:\n\n  ${flow.userCode}\n\nWaiting until you have agreed there; any machine will do.`)
}

function show(url: string, opens: boolean, tell: (text: string) => void): void {
  tell(`${opens ? 'Your browser opens. If it does not, open' : 'Open'} this link:\n\n  ${url}\n`)
  if (opens) openBrowser(url, process.platform)
}

/** Takes each pasted line for a callback, until there are no more. */
async function takePasted(terminal: Terminal, arrivals: Arrivals, tell: (text: string) => void): Promise<void> {
  for (let line = await terminal.line(); line !== undefined; line = await terminal.line()) {
    const callback = readCallback(line)
    if (callback !== undefined) arrivals.add({ callback, canRetry: terminal.interactive, answer: () => undefined })
    else if (line.trim() !== '') tell('this is no address that a sign-in ends at: it has no code in it; copy the whole of it')
  }
}
