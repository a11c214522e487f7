import { Type } from '../core/index.ts'

/** One type rather than a union: each mistake is then told once. */
const workers = Type.Unsafe<number | 'auto'>({ type: ['integer', 'string'], minimum: 1, maximum: 128, pattern: '^auto$' })

const seconds = Type.Number({ exclusiveMinimum: 0, maximum: 86_400 })

/** The configuration's own members; providers and plugins bring schemas for theirs. */
export const ConfigSchema = Type.Object(
  {
    server: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(Type.String({ minLength: 1 })),
          port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
          bodyLimitBytes: Type.Optional(Type.Integer({ minimum: 1024 })),
          drainSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3600 })),
          keepAliveSeconds: Type.Optional(seconds),
        },
        { additionalProperties: false },
      ),
    ),
    workers: Type.Optional(workers),
    auth: Type.Optional(Type.Enum(['keys', 'none'])),
    keys: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    dataDir: Type.Optional(Type.String({ minLength: 1 })),
    databaseUrl: Type.Optional(Type.String({ minLength: 1 })),
    sandbox: Type.Optional(Type.Boolean()),
    timeouts: Type.Optional(
      Type.Object(
        {
          firstToken: Type.Optional(seconds),
          firstTokenRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
          streamRead: Type.Optional(seconds),
          nonStream: Type.Optional(seconds),
          stream: Type.Optional(seconds),
          beforeFirstByte: Type.Optional(seconds),
        },
        { additionalProperties: false },
      ),
    ),
    log: Type.Optional(
      Type.Object({ level: Type.Optional(Type.Enum(['debug', 'info', 'warn', 'error'])), format: Type.Optional(Type.Enum(['json', 'pretty'])) }, { additionalProperties: false }),
    ),
    debug: Type.Optional(Type.Enum(['off', 'errors', 'all'])),
    credentials: Type.Optional(
      Type.Object(
        { hosts: Type.Optional(Type.Array(Type.String({ pattern: '^(private:)?[A-Za-z0-9.\\[\\]:-]+$' }))), writeBack: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
    ),
    callerAccounts: Type.Optional(Type.Boolean()),
    media: Type.Optional(
      Type.Object(
        {
          fetchUrls: Type.Optional(Type.Boolean()),
          maxBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: 32 * 1024 * 1024 })),
          hosts: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
        },
        { additionalProperties: false },
      ),
    ),
    providers: Type.Optional(Type.Array(Type.Object({}))),
    plugins: Type.Optional(Type.Array(Type.Object({}))),
  },
  { additionalProperties: false },
)
