import type { CallbackAddress, SignInInput, SignInMethod } from '../../../core/index.ts'

/** Addresses that the sign-in service sends browsers back to (`kiro.md` §3.6). */
const CALLBACK: CallbackAddress = {
  host: 'localhost',
  ports: [3128, 4649, 6588, 8008, 9091, 49_153, 50_153, 51_153, 52_153, 53_153],
  paths: ['/oauth/callback', '/signin/callback'],
}

const START_URL: SignInInput = { name: 'start-url', title: 'Start URL of your organisation', secret: false, optional: false }
const REGION: SignInInput = { name: 'region', title: 'AWS region', secret: false, optional: true }
const API_KEY: SignInInput = { name: 'api-key', title: 'API key (ksk_…)', secret: true, optional: false }

export const METHODS = [
  { name: 'google', title: 'Google', inputs: [], callback: CALLBACK },
  { name: 'github', title: 'GitHub', inputs: [], callback: CALLBACK },
  { name: 'builder-id', title: 'AWS Builder ID', inputs: [REGION] },
  { name: 'idc', title: 'IAM Identity Center', inputs: [START_URL, REGION] },
  { name: 'api-key', title: 'API key', inputs: [API_KEY, REGION] },
] as const satisfies readonly SignInMethod[]

export type MethodName = (typeof METHODS)[number]['name']

export function isMethodName(text: string): text is MethodName {
  return METHODS.some(({ name }) => name === text)
}
