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
  REGION: 'region',
  KIRO_REGION: 'region',
  KIRO_AUTH_REGION: 'authRegion',
  KIRO_API_REGION: 'apiRegion',
}

/** The account in `KEY=VALUE` lines as a `.env` file has them. Other variables are other people's secrets and are not kept. */
export function parseVariables(lines: readonly string[]): Fields | undefined {
  const fields: [string, string][] = []
  for (const line of lines) {
    if (/^\s*(#|$)/.test(line)) continue
    const match = /^\s*(?:export\s+|set\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match === null) return undefined
    const [, name = '', value = ''] = match
    const member = MEMBERS[name.toUpperCase()]
    if (member !== undefined) fields.push([member, unquote(value)])
  }
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '')
}
