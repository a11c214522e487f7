/** An error as the service writes it (`providers.md` §6.6). */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

export function invalid(message: string, param: string | null, code: string | null = null): Refusal {
  return { status: 400, message, type: 'invalid_request_error', param, code }
}

export function errorBody({ message, type, param, code }: Refusal): unknown {
  return { error: { message, type, param, code } }
}
