import { GatewayError } from '../errors/gateway-error.ts'

/** Says what the operator can do about an address that cannot be listened on. */
export function cannotListen(error: unknown, { host, port }: { readonly host: string; readonly port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new GatewayError(
      'store_unavailable',
      `port ${port} on ${host} is in use by another program; end it, or choose another with --port (0 picks a free one)`,
      { cause: error },
    )
  if (code === 'EACCES')
    return new GatewayError('store_unavailable', `port ${port} may not be used by this user; choose one above 1023 with --port`, { cause: error })
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return new GatewayError('store_unavailable', `${host} is no address of this machine; choose another with --host`, { cause: error })
  return error
}
