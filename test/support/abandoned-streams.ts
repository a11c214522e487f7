import { request } from 'node:http'

/** A streamed answer whose client decides when it has had enough. */
export interface OpenStream {
  /** Resolves with the first bytes of the answer's body. */
  readonly first: Promise<void>
  readonly leave: () => void
  readonly pause: () => void
}

/** Opens a stream on a connection of its own and hands it over as soon as the head is there. */
export function openStream({ url, key, body }: { readonly url: string; readonly key: string; readonly body: string }): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/v1/messages`,
      { method: 'POST', agent: false, headers: { 'x-api-key': key, 'content-type': 'application/json' } },
      response => {
        response.on('error', () => undefined)
        const first = new Promise<void>(done => response.once('data', () => done()))
        resolve({ leave: () => response.destroy(), pause: () => response.pause(), first })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/**
 * Opens streams in waves and leaves each wave after its first bytes.
 * @param released whether the upstream has noticed that everybody left; waited for after each wave
 */
export async function abandonStreams(
  open: () => Promise<OpenStream>,
  { waves, size, released }: { readonly waves: number; readonly size: number; readonly released: () => Promise<void> },
): Promise<void> {
  for (let wave = 0; wave < waves; wave++) {
    const streams = await Promise.all(Array.from({ length: size }, open))
    await Promise.all(streams.map(stream => stream.first))
    for (const stream of streams) stream.leave()
    await released()
  }
}

/** A young process grows for a while whatever it does: only what the last third has above the middle one is a leak. */
export function lastThirdAboveMiddle(values: readonly number[]): number {
  const third = Math.floor(values.length / 3)
  const mean = (part: readonly number[]) => part.reduce((sum, value) => sum + value, 0) / part.length
  return mean(values.slice(-third)) - mean(values.slice(-2 * third, -third))
}
