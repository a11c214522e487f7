/** Structured logging: a short constant message, facts as fields. Fields pass the redaction list before they are written. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger
}

export type LogFields = Readonly<Record<string, unknown>>
