import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'

/** Planted: must be in no message. */
export const POSTGRES_PASSWORD = 'planted-database-password'

/** A PostgreSQL server of our own on a loopback port, made from the system's binaries; one for all tests of a run. */
export interface PostgresServer {
  readonly port: number
  /** Address of a new, empty database. */
  makeDatabase(): Promise<string>
  /** Runs one statement as the owner, past the gateway's code. */
  query<R extends Record<string, unknown>>(url: string, text: string): Promise<R[]>
  /** Ends the server at once, as a crash of its machine would; `start` has it back with what was committed. */
  crash(): Promise<void>
  start(): Promise<void>
}

/** Where the tests that need a PostgreSQL server begin: it is there, or they are skipped with the reason, or fail where it must be. */
export function describePostgres(title: string, body: (server: () => PostgresServer) => void): void {
  const missing = whyMissing()
  if (missing !== undefined) {
    if (isRequired()) {
      it(`${title} (needs PostgreSQL)`, () => {
        throw new Error(missing)
      })
    } else describe.skip(`${title} (skipped: ${missing})`, () => it('needs PostgreSQL', () => undefined))
    return
  }
  describe(title, function () {
    this.timeout(60_000)
    let server: PostgresServer
    before(async () => {
      server = await sharedPostgres()
    })
    body(() => server)
  })
}

let shared: Promise<PrivateServer> | undefined

function sharedPostgres(): Promise<PostgresServer> {
  shared ??= PrivateServer.make()
  return shared
}

after(async function () {
  this.timeout(60_000)
  await (await shared)?.remove()
})

function isRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['KIRO_GATEWAY_REQUIRE_SERVICES'] === '1'
}

function whyMissing(): string | undefined {
  if (process.platform === 'win32') return 'no way to start PostgreSQL here on Windows'
  return binaries() === undefined ? 'there is no PostgreSQL on this machine: apt-get install postgresql' : undefined
}

/** Debian keeps them out of the PATH, one folder per version. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
  const folders = [...versions.map(version => join(root, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  return folders.find(folder => ['initdb', 'postgres'].every(name => existsSync(join(folder, name))))
}

class PrivateServer implements PostgresServer {
  readonly port: number
  readonly #folder: string
  #child: ChildProcess | undefined
  #databases = 0
  readonly #kill = () => void this.#child?.kill('SIGKILL')

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.port = port
  }

  static async make(): Promise<PrivateServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-postgres-'))
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, POSTGRES_PASSWORD)
    const user = unprivileged()
    if (user !== undefined) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
    const [command, ...rest] = program('initdb', [
      '-D',
      join(folder, 'data'),
      '-U',
      'owner',
      '-A',
      'scram-sha-256',
      '--pwfile',
      passwordFile,
      '-E',
      'UTF8',
      '--locale-provider',
      'icu',
      '--icu-locale',
      'en-US',
      '--locale',
      'C.UTF-8',
      '--no-sync',
    ])
    execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' })
    const server = new PrivateServer(folder, await freePort())
    process.once('exit', server.#kill)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      shared_buffers: '16MB',
      max_connections: 60,
      lc_messages: 'C',
    }
    const [command, ...rest] = program('postgres', [
      '-D',
      join(this.#folder, 'data'),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ])
    const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
    this.#child = child
    const said: string[] = []
    const lines = createInterface({ input: child.stderr })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', line => {
        said.push(line)
        if (line.includes('ready to accept connections')) resolve()
      })
      child.once('exit', code => reject(new Error(`PostgreSQL ended with ${code}: ${said.join('\n')}`)))
    })
    // Read on, or it would stand still once the pipe is full.
    child.stderr.resume()
  }

  async crash(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const gone = once(child, 'exit')
    // All its processes go at once, nothing is written down: the next start recovers from the journal.
    child.kill('SIGQUIT')
    await gone
  }

  async makeDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`
    await this.query(this.#url('postgres'), `create database ${name}`)
    return this.#url(name)
  }

  async query<R extends Record<string, unknown>>(url: string, text: string): Promise<R[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<R>(text)).rows
    } finally {
      await client.end()
    }
  }

  async remove(): Promise<void> {
    process.removeListener('exit', this.#kill)
    await this.crash()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #url(database: string): string {
    return `postgres://owner:${POSTGRES_PASSWORD}@127.0.0.1:${this.port}/${database}`
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next one.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody')
}

/** As an unprivileged user; the server dies with us, however we die. */
function program(name: string, parameters: readonly string[]): readonly [string, ...string[]] {
  const file = join(binaries() ?? '', name)
  const user = unprivileged()
  if (process.platform !== 'linux') return [file, ...parameters]
  const identity = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  return ['setpriv', ...identity, '--pdeathsig=QUIT', file, ...parameters]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
