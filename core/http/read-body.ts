import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { GatewayError } from '../errors/gateway-error.ts'
import { checkNesting, checkShape } from './json-shape.ts'

/** All bodies that are being read at once may take this much memory together. */
const MAX_IN_FLIGHT = 512 * 1024 * 1024
/** A compressed body may not grow by more than this: real requests compress to a tenth at best. */
const MAX_RATIO = 200

/** Up to here a body of brackets alone is still a harmless value. */
const LARGE = 1024 * 1024

type Decoder = NodeJS.ReadWriteStream & Readable

const DECODERS: ReadonlyMap<string, () => Decoder> = new Map<string, () => Decoder>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

/** Reads request bodies within limits of one process. */
export class BodyReader {
  readonly #limit: number
  readonly #mostInFlight: number
  #inFlight = 0

  constructor(limitBytes: number, mostInFlight = MAX_IN_FLIGHT) {
    this.#limit = limitBytes
    this.#mostInFlight = mostInFlight
  }

  /**
   * The body as a JSON value.
   * @throws GatewayError `too_large`, `unsupported_media`, `bad_request` with the reason
   */
  async json(request: IncomingMessage): Promise<unknown> {
    const bytes = await this.bytes(request)
    if (bytes.length === 0) throw new GatewayError('bad_request', 'the request has no body; send a JSON object')
    if (!isUtf8(bytes)) throw new GatewayError('bad_request', 'the body is not valid UTF-8')
    if (bytes.length > LARGE) checkNesting(bytes)
    let value: unknown
    try {
      value = JSON.parse(bytes.toString('utf8'))
    } catch (error) {
      // The parser's message quotes the body; only its position is of use.
      const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
      throw new GatewayError('bad_request', `the body is not valid JSON${position === undefined ? '' : ` (at character ${position})`}`)
    }
    checkShape(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GatewayError('bad_request', 'the body must be a JSON object')
    return value
  }

  /** The body's bytes, decompressed. */
  async bytes(request: IncomingMessage): Promise<Buffer> {
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > this.#limit) throw this.#tooLarge()
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
    const decoder = DECODERS.get(encoding)
    if (decoder === undefined && encoding !== 'identity') {
      throw new GatewayError('unsupported_media', `content-encoding ${encoding.slice(0, 20)} is not supported; send identity, gzip, deflate, br or zstd`)
    }
    return this.#collect(request, decoder?.())
  }

  #collect(request: IncomingMessage, decoder: Decoder | undefined): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      let sent = 0
      const source: Readable = decoder ?? request
      const settle = (act: () => void) => {
        this.#inFlight -= size
        size = 0
        source.removeListener('data', onData)
        request.removeListener('close', onClose)
        if (decoder) {
          request.unpipe(decoder)
          // What it was given already would still be unpacked.
          decoder.destroy()
        }
        act()
      }
      const fail = (error: GatewayError) => settle(() => reject(error))
      const onData = (chunk: Buffer) => {
        size += chunk.length
        this.#inFlight += chunk.length
        if (size > this.#limit || (decoder && size > 1_000_000 && size > sent * MAX_RATIO)) fail(this.#tooLarge())
        else if (this.#inFlight > this.#mostInFlight) fail(new GatewayError('overloaded', 'the gateway is reading too many large requests at once; try again', { retryAfterMs: 1000 }))
        else chunks.push(chunk)
      }
      const left = () => fail(new GatewayError('cancelled', 'the client left while it was sending its request'))
      const onClose = () => {
        if (!request.complete) left()
      }
      source.on('data', onData)
      source.once('end', () => settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))))
      if (decoder) decoder.once('error', () => fail(new GatewayError('bad_request', 'the body does not match its content-encoding')))
      else request.once('error', left)
      request.once('close', onClose)
      if (decoder) {
        request.on('data', (chunk: Buffer) => {
          sent += chunk.length
        })
        request.pipe(decoder)
      }
    })
  }

  #tooLarge(): GatewayError {
    return new GatewayError('too_large', `the body is larger than ${Math.floor(this.#limit / 1024 / 1024)} MB; server.bodyLimitBytes sets this limit`, { headers: { connection: 'close' } })
  }
}
