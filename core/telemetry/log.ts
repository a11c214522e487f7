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
  const { combine, timestamp, json, printf } = winston.format
  const pretty = printf(({ timestamp: time, level: severity, message, ...fields }) => {
    const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
    // One line per event: nobody's text may look like a line of its own.
    return `${String(time)} ${severity.toUpperCase().padEnd(5)} ${String(message).replace(/\s*[\r\n]\s*/g, ' ')}${rest}`
  })
  const root = winston.createLogger({
    level,
    levels: winston.config.npm.levels,
    format: combine(timestamp(), format === 'json' ? json() : pretty),
    transports: [new winston.transports.Stream({ stream })],
    exitOnError: false,
  })
  return wrap(root, {})
}

function wrap(root: winston.Logger, bound: LogFields): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (message: string, fields?: LogFields) => {
      // Arguments of disabled levels cost nothing.
      if (!root.isLevelEnabled(level)) return
      // One object: with message and fields apart, winston formats "%s" and mixes fields called "message" in.
      root.log({ ...(redact({ ...bound, ...fields }) as object), level, message: redactText(String(message)) })
    }
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: fields => wrap(root, { ...bound, ...fields }),
  }
}

const silent = () => undefined

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => silentLogger }
