/**
 * Request headers that mean something to an upstream of the same wire (`providers.md` §6.1, §7.1). A list of what may pass,
 * so that no credential, cookie or address of the client ever does.
 */
const PASSED: Readonly<Record<string, readonly string[]>> = {
  'openai-chat': ['openai-beta', 'openai-organization', 'openai-project', 'idempotency-key', 'x-client-request-id', 'http-referer', 'x-title'],
  anthropic: [
    'anthropic-beta',
    'anthropic-version',
    'idempotency-key',
    'x-app',
    'x-claude-code-session-id',
    'x-claude-code-agent-id',
    'x-claude-code-parent-agent-id',
  ],
}

/** Those of a client's headers that go on to an upstream of the wire. Names are in lower case on both sides. */
export function passedHeaders(wire: string, headers: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const name of PASSED[wire] ?? []) {
    const value = headers[name]
    if (value !== undefined) passed[name] = value
  }
  return passed
}
