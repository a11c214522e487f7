import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'
/** Nothing that would look for the world outside, or keep anything. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Browser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** Why there is no browser to test with; undefined when there is one. Where services are required, its absence is a failure. */
export function missingBrowser(): string | undefined {
  if (existsSync(EXECUTABLE)) return undefined
  const reason = `${EXECUTABLE} is not there (apt-get install chromium)`
  if (process.env.CI === 'true' || process.env.KIRO_GATEWAY_REQUIRE_SERVICES === '1') throw new Error(`a browser is required here: ${reason}`)
  return reason
}

/** A headless Chromium with a profile of its own. */
export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'kiro-gateway-browser-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, headless: true, args: FLAGS })
  return {
    context,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
