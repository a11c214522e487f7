import type { CallbackFlow, DeviceFlow, SignIn, SignInFlow } from '../../../../../core/index.ts'
import { FakeClock } from '../../../../../core/testing/clock.ts'
import type { KiroCredential } from '../../../../../providers/kiro/credential.ts'
import type { KiroOptions } from '../../../../../providers/kiro/options.ts'
import { createKiroSignIn } from '../../../../../providers/kiro/sign-in/index.ts'
import { ACCESS_TOKEN, kiroOptions, REFRESH_TOKEN } from '../../../../support/kiro-account.ts'
import { type ScriptedAnswer, ScriptedHttp } from '../../../../support/scripted-http.ts'

export const TOKENS = { accessToken: ACCESS_TOKEN, refreshToken: REFRESH_TOKEN, expiresIn: 3600 }
export const USAGE = {
  usageBreakdownList: [],
  subscriptionInfo: { subscriptionTitle: 'KIRO PRO' },
  userInfo: { userId: 'd-1.user-1', email: 'mia@example.com' },
}

/** Answers by the end of a path; whatever is not listed is refused with 404. */
export type Answers = Readonly<Record<string, ScriptedAnswer | ((url: URL) => ScriptedAnswer)>>

export interface SignInWorld {
  readonly http: ScriptedHttp
  readonly clock: FakeClock
  readonly signIn: SignIn<KiroCredential>
  begin(method: string, inputs?: Readonly<Record<string, string>>): Promise<SignInFlow<KiroCredential>>
}

/** Kiro's sign-in against hosts that a table answers for. */
export function signInWorld(answers: Answers, options: Partial<KiroOptions> = {}): SignInWorld {
  const clock = new FakeClock()
  const http = new ScriptedHttp(({ url }) => {
    const target = new URL(url)
    const found = Object.entries(answers).find(([path]) => target.pathname.endsWith(path))?.[1]
    return typeof found === 'function' ? found(target) : (found ?? { status: 404, body: { message: 'unknown' } })
  })
  const signIn = createKiroSignIn({ clock, options: kiroOptions({ kiroVersion: '0.12.155', ...options }) })
  return { clock, http, signIn, begin: (method, inputs = {}) => signIn.begin(method, { inputs, http, port: 3128 }) }
}

export function asCallback(flow: SignInFlow<KiroCredential>): CallbackFlow<KiroCredential> {
  if (flow.kind !== 'callback') throw new Error(`it is a flow by ${flow.kind}`)
  return flow
}

export function asDevice(flow: SignInFlow<KiroCredential>): DeviceFlow<KiroCredential> {
  if (flow.kind !== 'device') throw new Error(`it is a flow by ${flow.kind}`)
  return flow
}

export const bodiesOf = ({ http }: SignInWorld): readonly Record<string, unknown>[] =>
  http.requests.flatMap(({ body }) => (body === undefined ? [] : [JSON.parse(String(body)) as Record<string, unknown>]))

/** How something failed, as code and message. */
export async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it did not fail',
    (error: Error & { readonly code?: string }) => `${error.code}: ${error.message}`,
  )
}
