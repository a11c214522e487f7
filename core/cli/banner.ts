import type { ServingFacts } from '../cluster/worker-facts.ts'

interface BannerFacts extends ServingFacts {
  readonly version: string
  readonly url: string
}

/** Where a client on this machine finds a server that listens on every address. */
function reachable(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\]):/, '//127.0.0.1:')
}

/** For the person at the terminal, past the logger: the only place where a key is ever shown. */
export function banner({ version, url: listening, sandboxed, firstKey }: BannerFacts): string {
  const url = reachable(listening)
  const lines = [`kiro-gateway ${version} on ${url}`]
  if (firstKey !== undefined) lines.push('', `  Client key (shown once, only its hash is kept):  ${firstKey}`)
  if (sandboxed) lines.push('', '  SANDBOX: there is no account yet, so every answer is simulated.', '  Add a real account:  npx kiro-gateway login kiro', '  or one of the IDE:   npx kiro-gateway accounts import ~/.aws/sso/cache/kiro-auth-token.json')
  lines.push('', `  Claude Code:  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${firstKey ?? 'YOUR-KEY'} claude`, '')
  return lines.join('\n')
}
