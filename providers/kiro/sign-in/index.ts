import { GatewayError, type SignIn, type SignInFlow, type SignInStart } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { REGION_PATTERN } from '../regions.ts'
import { beginApiKey } from './api-key.ts'
import type { SignInContext } from './context.ts'
import { BUILDER_ID_START_URL, beginDevice } from './device.ts'
import { beginEnterprise } from './enterprise.ts'
import { isMethodName, METHODS, type MethodName } from './methods.ts'
import { personsOf } from './persons.ts'
import { beginSocial } from './social.ts'

/** Where Builder IDs live. */
const BUILDER_ID_REGION = 'us-east-1'

/** The ways to sign in to Kiro (`docs/sign-in.md`). */
export function createKiroSignIn(deps: Omit<SignInContext, 'http'>): SignIn<KiroCredential> {
  return {
    methods: METHODS,
    persons: personsOf,
    async begin(name, start) {
      if (!isMethodName(name))
        throw new GatewayError('bad_request', `there is no way to sign in called "${name}"; there are ${METHODS.map(method => method.name).join(', ')}`)
      return beginWith(name, start, { http: start.http, options: deps.options, clock: deps.clock })
    },
  }
}

function beginWith(name: MethodName, start: SignInStart, context: SignInContext): SignInFlow<KiroCredential> | Promise<SignInFlow<KiroCredential>> {
  const title = METHODS.find(method => method.name === name)?.title ?? name
  switch (name) {
    case 'google':
      return beginSocial({ identityProvider: 'Google', title, port: portOf(start) }, context)
    case 'github':
      return beginSocial({ identityProvider: 'Github', title, port: portOf(start) }, context)
    case 'builder-id':
      return beginDevice({ kind: 'builder-id', startUrl: BUILDER_ID_START_URL, region: regionOf(start) ?? BUILDER_ID_REGION, title }, context)
    case 'idc':
      return beginEnterprise({ startUrl: inputOf(start, 'start-url'), region: regionOf(start), title }, context)
    case 'api-key':
      return beginApiKey({ text: inputOf(start, 'api-key'), region: regionOf(start) }, { ...context, title })
    default:
      return name satisfies never
  }
}

function inputOf({ inputs }: SignInStart, name: string): string {
  const value = inputs[name]
  if (value === undefined || value.trim() === '') throw new GatewayError('bad_request', `this way to sign in needs ${name}`)
  return value
}

/** It becomes part of a host's name. */
function regionOf({ inputs }: SignInStart): string | undefined {
  const region = inputs.region?.trim()
  if (region === undefined || region === '' || REGION_PATTERN.test(region)) return region || undefined
  throw new GatewayError('bad_request', `"${region.slice(0, 40)}" is not the name of an AWS region; write one like eu-west-1`)
}

function portOf({ port }: SignInStart): number {
  if (port === undefined) throw new GatewayError('internal', 'a sign-in with a callback was begun without a port for it')
  return port
}
