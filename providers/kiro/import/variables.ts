import type { Fields } from '../untrusted.ts'

/** Environment variables that make up an account; regions and URLs are settings of the provider. */
const MEMBERS: Readonly<Record<string, string>> = {
  REFRESH_TOKEN: 'refreshToken',
  ACCESS_TOKEN: 'accessToken',
  AUTH_METHOD: 'authMethod',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
  PROFILE_ARN: 'profileArn',
  KIRO_API_KEY: 'kiroApiKey',
  KIRO_CREDS_FILE: 'tokenPath',
  REGION: 'region',
  KIRO_REGION: 'region',
  KIRO_AUTH_REGION: 'authRegion',
  KIRO_API_REGION: 'apiRegion',
}

/** Variables of the process that describe an account: not the regions, which reach the provider as its settings. */
const ENVIRONMENT = ['REFRESH_TOKEN', 'AUTH_METHOD', 'CLIENT_ID', 'CLIENT_SECRET', 'PROFILE_ARN', 'KIRO_API_KEY']

/** The accounts in `KEY=VALUE` lines as a `.env` file has them; undefined when the lines are something else. */
export function parseVariables(lines: readonly string[]): readonly Fields[] | undefined {
  const variables: [string, string][] = []
  for (const line of lines) {
    if (/^\s*(#|$)/.test(line)) continue
    const match = /^\s*(?:export\s+|set\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line)
    if (match === null) return undefined
    const [, name = '', value = ''] = match
    variables.push([name.toUpperCase(), unquote(value.trim())])
  }
  const entries = entriesOf(variables)
  return entries.length === 0 ? undefined : entries
}

/** The accounts in the process's own variables. */
export function environmentEntries(variables: Readonly<Record<string, string | undefined>>): readonly Fields[] {
  return entriesOf(ENVIRONMENT.map(name => [name, variables[name] ?? '']))
}

/** A token, a key and a file with a token are an account each. Variables that are not an account's are other people's secrets and are left out. */
function entriesOf(variables: readonly (readonly [string, string])[]): readonly Fields[] {
  const { kiroApiKey, tokenPath, ...session } = Object.fromEntries(
    variables.flatMap(([name, value]) => (value.trim() !== '' && Object.hasOwn(MEMBERS, name) ? [[MEMBERS[name], value.trim()] as const] : [])),
  )
  const { authRegion, apiRegion, region } = session
  return [
    ...(session.refreshToken === undefined ? [] : [session]),
    ...(kiroApiKey === undefined ? [] : [{ kiroApiKey, authRegion, apiRegion, region }]),
    ...(tokenPath === undefined ? [] : [{ tokenPath }]),
  ]
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)?.[2]
  if (quoted !== undefined) return quoted
  const comment = value.search(/\s#/)
  return comment === -1 ? value : value.slice(0, comment)
}
