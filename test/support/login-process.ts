import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { upstreamEnvironment } from './gateway.ts'

const MAIN = fileURLToPath(new URL('../../core/main.ts', import.meta.url))
const FLAGS = ['--conditions=kiro-gateway-source', '--disable-warning=ExperimentalWarning']

export interface LoginOptions {
  /** Where it keeps the account; also its working directory. */
  readonly folder: string
  /** Where Kiro is. */
  readonly origin: string
  readonly arguments?: readonly string[]
  /** All of standard input; absent: it stays open, and more can be said. */
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** The command `login kiro` in a process of its own, in which no browser opens by itself. */
export class LoginProcess {
  readonly child: ChildProcess
  readonly #ended: Promise<number | null>
  #stdout = ''
  #stderr = ''

  constructor({ folder, origin, arguments: more = [], input, environment = {} }: LoginOptions) {
    this.child = spawn(process.execPath, [...FLAGS, MAIN, 'login', 'kiro', '--data-dir', `${folder}/data`, ...more], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, ...upstreamEnvironment(origin), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()))
    this.#ended = once(this.child, 'close').then(([code]) => code as number | null)
    if (input !== undefined) this.child.stdin?.end(input)
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Exit code. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  /** What the pattern's group finds in what was said on stderr, as soon as it is there. */
  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#stderr)
      if (found !== null) return found[1] ?? found[0]
      const news = await Promise.race([once(this.child.stderr as NodeJS.ReadableStream, 'data'), this.#ended.then(code => ({ code }))])
      if ('code' in news && pattern.exec(this.#stderr) === null) throw new Error(`it ended with ${news.code} and said: ${this.#stderr}`)
    }
  }

  /** The link that it shows. */
  link(): Promise<string> {
    return this.said(/link:\s+(http\S+)\s/)
  }

  /** As a person at the terminal does. */
  paste(text: string): void {
    this.child.stdin?.write(`${text}\n`)
  }

  end(): void {
    this.child.kill('SIGKILL')
  }
}

/** Where a sign-in page sends whoever agrees at once. */
export async function agree(link: string, user?: string): Promise<string> {
  const response = await fetch(`${link}${user === undefined ? '' : `&user=${encodeURIComponent(user)}`}`, { redirect: 'manual' })
  await response.arrayBuffer()
  return response.headers.get('location') ?? ''
}
