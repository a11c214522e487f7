import type { AddressInfo } from 'node:net'

/** Where clients find a server that listens on this address. */
export function addressUrl({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
