// npm test: type check, import rules, all tests; the last line counts them, whatever happened before it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importRules, runTool, typeCheck } from './run-step.ts'

interface Totals {
  readonly passes: number
  readonly failures: number
  readonly pending: number
}

/** How often the slow suite kills a process in the middle of a token rotation. */
const KILLS = '200'

const [suite = 'fast', ...more] = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-tests-'))
const totalsFile = join(folder, 'totals.json')
let passed = 0
let failed = 0
let skipped = 0

const count = (name: string, code: number) => {
  process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}: ${name}\n`)
  if (code === 0) passed++
  else failed++
}

if (suite === 'fast') {
  count('type check', await typeCheck())
  count('import rules', await importRules())
}
const config = suite === 'fast' ? 'config/mocharc.json' : `config/mocharc.${suite}.json`
const code = await runTool('mocha/bin/mocha.js', ['--config', config, ...more], { TEST_TOTALS: totalsFile, ...(suite === 'slow' ? { KILLS } : {}) })
const totals = readTotals()
if (totals === undefined) count('tests (they did not run to their end)', code || 1)
else {
  passed += totals.passes
  failed += totals.failures
  skipped += totals.pending
  if (code !== 0 && totals.failures === 0) count('tests (they ended badly)', code)
}
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed > 0 ? 1 : 0

function readTotals(): Totals | undefined {
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8')) as Totals
  } catch {
    return undefined
  }
}
