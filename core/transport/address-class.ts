import { BlockList, isIP } from 'node:net'

/**
 * Where an address leads: `public` to the Internet, `private` into a network of somebody's own (this machine included),
 * `never` to places that nobody means: cloud metadata, links, groups, tunnels that hide another address.
 */
export type AddressClass = 'public' | 'private' | 'never'

const NEVER = listOf('ipv4', [
  ['0.0.0.0', 8],
  // Link-local: the metadata services of most clouds.
  ['169.254.0.0', 16],
  // Metadata and wire servers of Alibaba, Azure and Oracle outside of it.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
])

const PRIVATE = listOf('ipv4', [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  // Carriers' shared space, used inside overlay networks as well.
  ['100.64.0.0', 10],
  ['198.18.0.0', 15],
])

const NEVER_6 = listOf('ipv6', [
  // Amazon's metadata service, inside the range of private addresses.
  ['fd00:ec2::254', 128],
  // Teredo and other tunnels, documentation, 6to4: inside the range of public addresses.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
])

const PRIVATE_6 = listOf('ipv6', [
  ['::1', 128],
  ['fc00::', 7],
])

/** All that has been given out to the Internet so far: what is not in it (mapped, NAT64, link-local, groups) leads elsewhere. */
const PUBLIC_6 = listOf('ipv6', [['2000::', 3]])

/** The class of an IP address in text form; `never` for anything that is none. */
export function addressClass(address: string): AddressClass {
  switch (isIP(address)) {
    case 4:
      if (NEVER.check(address, 'ipv4')) return 'never'
      return PRIVATE.check(address, 'ipv4') ? 'private' : 'public'
    case 6:
      // A zone names an interface of this machine.
      if (address.includes('%') || NEVER_6.check(address, 'ipv6')) return 'never'
      if (PRIVATE_6.check(address, 'ipv6')) return 'private'
      return PUBLIC_6.check(address, 'ipv6') ? 'public' : 'never'
    default:
      return 'never'
  }
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family)
  return list
}
