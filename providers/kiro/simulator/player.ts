import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { dropConnection, type Exchange } from './exchange.ts'
import { pause } from './pause.ts'
import { type Program, writesOf } from './program.ts'
import type { Counters } from './world.ts'

/** Long enough for the last bytes to reach the other end before the reset overtakes them. */
const BEFORE_RESET_MS = 10

/** Streams a program to the client: waits where it says so, stops when the client leaves, never writes past a full buffer. */
export async function play(exchange: Exchange, program: Program, counters: Counters): Promise<void> {
  const { response, signal } = exchange
  const { delivery } = program
  if (!(await pause(delivery.headersAfterMs ?? 0, signal))) return
  openStream(exchange, counters)
  if (delivery.ending !== undefined || delivery.firstByteAfterMs !== undefined) response.flushHeaders()
  if (!(await pause(delivery.firstByteAfterMs ?? 0, signal))) return
  let first = true
  for (const write of writesOf(program)) {
    if ('waitMs' in write) {
      if (!(await pause(write.waitMs, signal))) return
      continue
    }
    // Without a turn of the event loop in between, writes would leave in one packet.
    if (!first && !(await between(delivery.gapMs ?? 0, signal))) return
    first = false
    if (signal.aborted) return
    if (!response.write(write.bytes)) {
      try {
        await once(response, 'drain', { signal })
      } catch {
        return
      }
    }
  }
  await finish(exchange, delivery.ending ?? 'clean')
}

/** Streams bytes that are ready in one write, without a turn of the event loop: what benchmarks want. */
export function playAtOnce(exchange: Exchange, bytes: Buffer, counters: Counters): void {
  openStream(exchange, counters)
  exchange.response.end(bytes)
}

function openStream({ response, note, fate }: Exchange, counters: Counters): void {
  counters.streams += 1
  counters.openStreams += 1
  response.once('close', () => {
    counters.openStreams -= 1
    if (fate.aborted) counters.abortedStreams += 1
  })
  if (note !== undefined) note.status = 200
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    // Said so because Node would otherwise count the bytes of an answer that is one write.
    'transfer-encoding': 'chunked',
    'x-amzn-requestid': randomUUID(),
  })
}

async function between(gapMs: number, signal: AbortSignal): Promise<boolean> {
  if (gapMs > 0) return pause(gapMs, signal)
  await setImmediate()
  return !signal.aborted
}

async function finish(exchange: Exchange, ending: 'clean' | 'cut' | 'reset' | 'stall'): Promise<void> {
  const { response, signal } = exchange
  switch (ending) {
    case 'clean':
      response.end()
      return
    case 'stall':
      return
    case 'cut':
      dropConnection(exchange, 'cut')
      return
    case 'reset':
      if (await pause(BEFORE_RESET_MS, signal)) dropConnection(exchange, 'reset')
      return
    default:
      ending satisfies never
  }
}
