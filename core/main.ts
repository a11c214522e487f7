import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { loadSettings } from '../config/load.ts'
import { runCommandLine } from './cli/index.ts'
import { processOutput } from './cli/output.ts'
import { workerSide } from './cluster/worker-side.ts'

// Files with secrets are made with their own modes; this covers whatever a library makes beside them.
process.umask(0o077)

// Whoever read our output may have gone (`| head`): a command has then said enough, a server goes on without.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

// The channel of a launcher, or of whoever looks after us as a worker, closes when it dies, even by SIGKILL: nobody is left
// to take our exit code or pass signals on.
if (process.env.KIRO_GATEWAY_LAUNCHED === '1' && process.channel) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

const worker = workerSide(process.env)
process.exitCode = await runCommandLine(process.argv.slice(2), {
  ...(worker && { worker }),
  load: flags => loadSettings({ flags, directory: process.cwd(), environment: process.env }),
  output: processOutput,
  version: version(),
  readStdin: () => text(process.stdin),
})

/** From the package's own description, one level up in a checkout and two in `dist/`. */
function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      if (typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'kiro-gateway' && 'version' in parsed) return String(parsed.version)
    } catch {
      // The other place has it.
    }
  }
  return '0.0.0'
}
