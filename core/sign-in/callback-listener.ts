import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { CallbackAddress } from '../contract/sign-in.ts'
import type { Arrivals, Outcome } from './arrivals.ts'
import { callbackPage, PAGE_HEADERS } from './callback-page.ts'

/** Other machines never reach it, whatever name the browser uses for this one. */
const LOOPBACK = '127.0.0.1'

/** A small server that a browser comes back to. */
export interface CallbackListener {
  readonly port: number
  /** Lets answers go out, then stops. */
  close(): Promise<void>
}

/**
 * Listens on the first port that the upstream agrees to and that nobody else has, another sign-in included.
 * @returns undefined when all of them are taken
 */
export async function listenForCallback(address: CallbackAddress, arrivals: Arrivals): Promise<CallbackListener | undefined> {
  const answering = new Set<Promise<void>>()
  for (const port of address.ports) {
    const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 32 * 1024 }, (request, response) =>
      receive(request, response, { address, arrivals, answering }),
    )
    if (await isListening(server, port)) return { port, close: () => close(server, answering) }
  }
  return undefined
}

async function isListening(server: Server, port: number): Promise<boolean> {
  server.listen(port, LOOPBACK)
  try {
    await once(server, 'listening')
    return true
  } catch {
    // In use, or reserved by the system: the next one may be free.
    return false
  }
}

interface Reception {
  readonly address: CallbackAddress
  readonly arrivals: Arrivals
  /** Answers that are on their way to the browser. */
  readonly answering: Set<Promise<void>>
}

function receive({ method, url = '/' }: IncomingMessage, response: ServerResponse, { address, arrivals, answering }: Reception): void {
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  if (method !== 'GET' || !address.paths.includes(path)) {
    response.writeHead(404, PAGE_HEADERS).end(callbackPage({ ok: false, text: 'There is nothing here. Go back to the terminal.' }))
    return
  }
  const answer = (outcome: Outcome) => {
    answering.add(new Promise(resolve => response.once('close', resolve)))
    response.writeHead(outcome.ok ? 200 : 400, PAGE_HEADERS).end(callbackPage(outcome))
  }
  // Anything on this machine can come here, so one that is refused ends nothing.
  arrivals.add({ callback: { path, query: new URLSearchParams(question === -1 ? '' : url.slice(question + 1)) }, canRetry: true, answer })
}

async function close(server: Server, answering: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await Promise.all(answering)
  // Browsers keep connections in store that they never used.
  server.closeAllConnections()
  await closed
}
