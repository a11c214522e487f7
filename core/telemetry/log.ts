import winston from 'winston'
import type { LogFields, Logger } from '../contract/log.ts'
import { redact, redactText } from './redact.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'json' | 'pretty'
  /** Where lines go; default stderr: stdout carries the one ready line and commands' output. */
  readonly stream?: NodeJS.WritableStream
}

/** The gateway's logger: structured, redacted, one line per event. */
export function createLogger({ level, format, stream = process.stderr }: LogOptions): Logger {
  const print = format === 'json' ? jsonLine : prettyLine
  const root = winston.createLogger({
    level,
    levels: winston.config.npm.levels,
    // One step: a chain of formats costs as much per line as all else that is logged about a request.
    format: { transform: info => Object.assign(info, { [MESSAGE]: print(info) }) },
    transports: [new winston.transports.Stream({ stream })],
    exitOnError: false,
  })
  return new BoundLogger(root, {})
}

const MESSAGE: unique symbol = Symbol.for('message')

/** What is logged has been made plain and bounded by `redact`: it can be printed as it is. */
function jsonLine({ level, message, ...fields }: winston.Logform.TransformableInfo): string {
  return JSON.stringify({ level, message, ...fields, timestamp: new Date().toISOString() })
}

function prettyLine({ level, message, ...fields }: winston.Logform.TransformableInfo): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  // One line per event: nobody's text may look like a line of its own.
  return `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${String(message).replace(/\s*[\r\n]\s*/g, ' ')}${rest}`
}

type Level = 'debug' | 'info' | 'warn' | 'error'

/** Made once per request, so that it costs next to nothing until something is written. */
class BoundLogger implements Logger {
  readonly #root: winston.Logger
  readonly #bound: LogFields
  readonly #parent: BoundLogger | undefined

  constructor(root: winston.Logger, bound: LogFields, parent?: BoundLogger) {
    this.#root = root
    this.#bound = bound
    this.#parent = parent
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields)
  }

  child(fields: LogFields): Logger {
    return new BoundLogger(this.#root, fields, this)
  }

  #write(level: Level, message: string, fields: LogFields | undefined): void {
    // Arguments of disabled levels cost nothing.
    if (!this.#root.isLevelEnabled(level)) return
    // One object: with message and fields apart, winston formats "%s" and mixes fields called "message" in.
    this.#root.log({ ...(redact({ ...this.#fields(), ...fields }) as object), level, message: redactText(String(message)) })
  }

  #fields(): LogFields {
    return this.#parent === undefined ? this.#bound : { ...this.#parent.#fields(), ...this.#bound }
  }
}

const silent = () => undefined

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => silentLogger }
