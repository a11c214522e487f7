// npm run check: everything about the source that needs no run of it.
import { importRules, runTool, typeCheck } from './run-step.ts'

const steps = [
  typeCheck(),
  importRules(),
  runTool('@biomejs/biome/bin/biome', ['format', '--config-path=config/biome.json', '.']),
  runTool('knip/bin/knip.js', ['--config', 'config/knip.json']),
]
process.exitCode = Math.max(...(await Promise.all(steps)))
