import { createServer } from 'node:net'
import { readRunFiles } from '../../container/run-file.ts'
import type { Settings } from '../../contract/settings.ts'
import { type Check, failed, type Finding, ok, warn } from './check.ts'

const PATIENCE_MS = 5_000

/** Whether the gateway on this data folder answers; where none runs, whether one could. */
export const checkServer: Check<{ readonly settings: Settings }> = async ({ settings }) => {
  const [running] = readRunFiles(settings.dataDir)
  if (running === undefined) return [await checkPort(settings)]
  const { url, pid } = running
  if ((await statusOf(`${url}/health`)) !== 200)
    return [failed('server', `process ${pid} should answer on ${url} and does not`, 'end it and start the gateway again; its log says what it met')]
  const ready = await fetchJson(`${url}/ready`)
  const reason = typeof ready?.reason === 'string' ? `: ${ready.reason}` : ''
  return [
    ready?.ready === true
      ? ok('server', `runs on ${url} (process ${pid})${reason}`)
      : warn('server', `runs on ${url} and cannot serve now${reason}`, 'see the accounts below'),
  ]
}

async function checkPort({ host, port }: Settings): Promise<Finding> {
  if (port === 0) return ok('server', 'not running; it will choose a free port')
  const code = await listenCode(host, port)
  if (code === undefined) return ok('server', `not running; port ${port} on ${host} is free`)
  if (code !== 'EADDRINUSE')
    return failed('server', `not running; it could not listen on ${host}:${port} (${code})`, 'choose another address with --host, or another port with --port')
  const other = await fetchJson(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`)
  const who = other?.name === 'kiro-gateway' ? 'a kiro-gateway on another data folder' : 'another program'
  return failed('server', `not running; port ${port} on ${host} is in use by ${who}`, 'end that program, or choose another port with PORT or --port')
}

/** Why one cannot listen there, or undefined. */
function listenCode(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve('code' in error ? String(error.code) : 'unknown reason'))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}

async function statusOf(url: string): Promise<number | undefined> {
  return fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    response => response.status,
    () => undefined,
  )
}

async function fetchJson(url: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = await (await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })).json()
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
