import { type ChildProcess, spawn } from 'node:child_process'

export interface ChildCommand {
  /** For messages. */
  readonly name: string
  /** Arguments of Node itself, the script among them. */
  readonly args: readonly string[]
  /** The core that it may run on; left out: any. */
  readonly core?: number
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string>>
  /** How long a program may take that is run for its result; default two minutes. */
  readonly longestMs?: number
}

export interface ServingChild {
  readonly pid: number
  readonly origin: string
  /** ms from its start until it said that it is ready. */
  readonly readyMs: number
  /** Last words on standard error. */
  errors(): string
  /** Where the inspector listens, if it was asked for. */
  readonly inspector?: string
  /** Asks it to end, insists after a while, and waits. */
  stop(): Promise<void>
}

const READY_MS = 30_000
const STOP_MS = 5_000
const LONGEST_RUN_MS = 120_000
const KEPT_OUTPUT = 4_000

/** Whatever ends this process ends those that it started. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a server and waits for the line in which it tells its origin.
 * @throws Error with its last words when it ends or is silent instead
 */
export async function startServing(command: ChildCommand): Promise<ServingChild> {
  const started = performance.now()
  const { child, output, ended } = start(command)
  const origin = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${command.name} was not ready within ${READY_MS / 1000} s: ${output.errors}`))
      child.kill('SIGKILL')
    }, READY_MS)
    child.stdout?.on('data', () => {
      const found = /(https?:\/\/\S+)\n/.exec(output.text)
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1] as string)
    })
    void ended.then(code => {
      clearTimeout(timer)
      reject(new Error(`${command.name} ended with ${code}: ${output.errors}`))
    })
  })
  const readyMs = performance.now() - started
  const inspector = /ws:\/\/\S+/.exec(output.errors)?.[0]
  return {
    pid: child.pid ?? 0,
    origin,
    readyMs,
    errors: () => output.errors,
    ...(inspector === undefined ? {} : { inspector }),
    stop: async () => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/**
 * Runs a program until it has printed a line, its result, and gives that back; a program without output runs to its end.
 * A result is not made to wait for the end: a Node process under full load can hang while it leaves.
 * @throws Error with its last words when it fails or takes too long
 */
export async function runForResult(command: ChildCommand): Promise<string> {
  const { child, output, ended } = start(command)
  const timer = setTimeout(() => child.kill('SIGKILL'), command.longestMs ?? LONGEST_RUN_MS)
  child.stdout.on('data', () => {
    if (output.text.endsWith('\n')) child.kill('SIGKILL')
  })
  const code = await ended
  clearTimeout(timer)
  if (code !== 0 && !output.text.endsWith('\n')) throw new Error(`${command.name} ended with ${code}: ${output.errors || output.text.slice(-KEPT_OUTPUT)}`)
  return output.text
}

function start({ args, core, directory, environment }: ChildCommand) {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...args]
  const [program = '', ...rest] = core === undefined ? node : ['taskset', '-c', String(core), ...node]
  // Little of the surroundings is passed on: a proxy or NODE_OPTIONS of the caller's would be measured too.
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...inherited, ...environment },
    ...(directory === undefined ? {} : { cwd: directory }),
  })
  running.add(child)
  const output = { text: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    output.text += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output.errors = (output.errors + chunk.toString()).slice(-KEPT_OUTPUT)
  })
  const ended = new Promise<number | string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'no code'))
  }).finally(() => running.delete(child))
  return { child, output, ended }
}
