// npm run build: dist/, for the published package.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from './run-step.ts'

rmSync(join(root, 'dist'), { recursive: true, force: true })
process.exitCode = await runTool('typescript/bin/tsc', ['-p', 'config/tsconfig.build.json'])
