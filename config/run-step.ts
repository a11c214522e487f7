import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** Runs a tool of node_modules on this Node; resolves with its exit code. */
export function runTool(packageFile: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [locate(packageFile), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, NODE_OPTIONS: '--conditions=kiro-gateway-source --disable-warning=ExperimentalWarning', ...environment },
    })
    child.on('error', error => {
      process.stderr.write(`${packageFile}: ${error.message}\n`)
      resolve(1)
    })
    child.on('exit', code => resolve(code ?? 1))
  })
}

/** Packages close their insides to `require`, so the file is found beside the package's own description. */
function locate(packageFile: string): string {
  const [scope = '', ...rest] = packageFile.split('/')
  const name = scope.startsWith('@') ? `${scope}/${rest.shift()}` : scope
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), ...rest)
  } catch {
    return join(root, 'node_modules', packageFile)
  }
}

export const typeCheck = (): Promise<number> => runTool('typescript/bin/tsc', ['-p', '.'])
export const importRules = (): Promise<number> =>
  runTool('oxlint/bin/oxlint', ['-c', 'config/oxlint.json', '--type-aware', 'core', 'providers', 'plugins', 'config', 'test'])
