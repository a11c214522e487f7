import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '../../config/load.ts'
import { runCommandLine } from '../../core/cli/index.ts'

const MAIN = fileURLToPath(new URL('../../core/main.ts', import.meta.url))

interface CommandRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What the command reads from standard input. */
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
  /** In a process of its own, whose standard streams are no terminal; always so with input. */
  readonly own?: boolean
}

/** Commands over one folder: working directory, home and data. */
export interface CommandLine {
  readonly folder: string
  readonly dataDir: string
  run(args: readonly string[], options?: RunOptions): Promise<CommandRun>
  /** The JSON document that a command prints with `--json`. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>
  /** Writes a file into the folder and returns its path. */
  file(name: string, content: unknown): string
  close(): void
}

/** @param given folder of somebody else, which is then left alone */
export function commandLine(environment: Readonly<Record<string, string>> = {}, given?: string): CommandLine {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'kiro-gateway-command-'))
  const dataDir = join(folder, 'data')
  const run = (args: readonly string[], { input, environment: more = {}, own = input !== undefined }: RunOptions = {}): Promise<CommandRun> => {
    const variables = { PATH: process.env.PATH ?? '', HOME: folder, DATA_DIR: dataDir, ...environment, ...more }
    return own ? runApart(args, { folder, variables, input: input ?? '' }) : runHere(args, { folder, variables })
  }
  return {
    ...{ folder, dataDir, run },
    async json<T>(args: readonly string[], options?: RunOptions) {
      const { stdout, stderr } = await run([...args, '--json'], options)
      if (stdout.trim() === '') throw new Error(`no document: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    file(name, content) {
      const path = join(folder, name)
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    },
    close: () => {
      if (given === undefined && existsSync(folder)) rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Place {
  readonly folder: string
  readonly variables: Readonly<Record<string, string>>
}

async function runHere(args: readonly string[], { folder, variables }: Place): Promise<CommandRun> {
  let stdout = ''
  let stderr = ''
  const line = (text: string) => void (stdout += `${text}\n`)
  const code = await runCommandLine(args, {
    load: flags => loadSettings({ flags, directory: folder, environment: variables }),
    output: {
      line,
      json: value => line(JSON.stringify(value)),
      table: (header, rows) => [header, ...rows].forEach(row => line(row.map(cell => (typeof cell === 'string' ? cell : cell.text)).join('  '))),
      notice: text => void (stderr += `${text}\n`),
    },
    version: '0.0.0-test',
    readStdin: () => Promise.resolve(''),
  })
  return { code, stdout, stderr }
}

async function runApart(args: readonly string[], { folder, variables, input }: Place & { readonly input: string }): Promise<CommandRun> {
  const child = spawn(process.execPath, ['--conditions=kiro-gateway-source', '--disable-warning=ExperimentalWarning', MAIN, ...args], {
    cwd: folder,
    env: variables,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
