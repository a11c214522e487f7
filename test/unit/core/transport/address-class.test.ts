import { expect } from 'chai'
import fc from 'fast-check'
import { type AddressClass, addressClass } from '../../../../core/transport/address-class.ts'

const TABLE: readonly (readonly [string, AddressClass])[] = [
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['192.167.255.255', 'public'],
  ['169.253.255.255', 'public'],
  ['126.255.255.255', 'public'],
  ['223.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['127.0.0.1', 'private'],
  ['127.255.255.254', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['198.18.0.1', 'private'],
  ['198.19.255.255', 'private'],
  ['0.0.0.0', 'never'],
  ['0.1.2.3', 'never'],
  ['169.254.169.254', 'never'],
  ['169.254.170.2', 'never'],
  ['100.100.100.200', 'never'],
  ['168.63.129.16', 'never'],
  ['192.0.0.192', 'never'],
  ['192.0.2.1', 'never'],
  ['198.51.100.7', 'never'],
  ['203.0.113.9', 'never'],
  ['224.0.0.1', 'never'],
  ['239.255.255.250', 'never'],
  ['240.0.0.1', 'never'],
  ['255.255.255.255', 'never'],
  ['2606:4700::1111', 'public'],
  ['2a00:1450:4001:80b::200e', 'public'],
  ['::1', 'private'],
  ['0:0:0:0:0:0:0:1', 'private'],
  ['fc00::1', 'private'],
  ['fd12:3456::1', 'private'],
  ['fd00:ec2::254', 'never'],
  ['::', 'never'],
  ['::7f00:1', 'never'],
  ['::ffff:127.0.0.1', 'never'],
  ['::ffff:10.0.0.1', 'never'],
  ['::ffff:7f00:1', 'never'],
  ['::ffff:8.8.8.8', 'never'],
  ['64:ff9b::7f00:1', 'never'],
  ['64:ff9b::808:808', 'never'],
  ['64:ff9b:1::a00:1', 'never'],
  ['2002:7f00:1::', 'never'],
  ['2001:0:53aa:64c::1', 'never'],
  ['2001:db8::1', 'never'],
  ['3fff::1', 'never'],
  ['100::1', 'never'],
  ['fe80::1', 'never'],
  ['fe80::1%eth0', 'never'],
  ['2606:4700::1111%eth0', 'never'],
  ['fec0::1', 'never'],
  ['ff02::1', 'never'],
  ['', 'never'],
  ['localhost', 'never'],
  ['2130706433', 'never'],
  ['0177.0.0.1', 'never'],
  ['0x7f.0.0.1', 'never'],
  ['127.1', 'never'],
  ['8.8.8.8 ', 'never'],
]

describe('classes of addresses', () => {
  for (const [address, expected] of TABLE) {
    it(`take ${JSON.stringify(address)} for ${expected}`, () => {
      expect(addressClass(address)).to.equal(expected)
    })
  }

  it('never take an IPv4 address for public inside an IPv6 one, in whatever form', () => {
    const quad = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(quad, quad, quad, quad, fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::'), (a, b, c, d, prefix) => {
        expect(addressClass(`${prefix}${a}.${b}.${c}.${d}`)).to.not.equal('public')
      }),
    )
  })
})
