import { expect } from 'chai'
import fc from 'fast-check'
import { KIRO_VERSION, kiroVersionOf, type LocalMachine, localVersions } from '../../../../providers/kiro/local-version.ts'

const product = (version: unknown, name = 'Kiro') => JSON.stringify({ nameShort: name, nameLong: name, version, quality: 'stable' })
const plist = (version: string) => `<?xml version="1.0"?><plist><dict><key>CFBundleName</key><string>Kiro</string>
<key>CFBundleShortVersionString</key>
	<string>${version}</string></dict></plist>`

function machine(platform: NodeJS.Platform, files: Readonly<Record<string, string>>): LocalMachine & { readonly asked: string[] } {
  const asked: string[] = []
  const read = (path: string) => {
    asked.push(path)
    return files[path]
  }
  return { platform, home: platform === 'win32' ? 'C:\\Users\\me' : '/home/me', read, asked }
}

describe('the version of a local Kiro IDE', () => {
  const found: readonly (readonly [string, NodeJS.Platform, string, string])[] = [
    ['in a Linux package', 'linux', '/usr/share/kiro/resources/app/product.json', product('0.13.1')],
    ['in /opt on Linux', 'linux', '/opt/Kiro/resources/app/product.json', product('0.13.1')],
    ["in a Mac's applications", 'darwin', '/Applications/Kiro.app/Contents/Info.plist', plist('0.13.1')],
    ["in a Mac user's own applications", 'darwin', '/home/me/Applications/Kiro.app/Contents/Info.plist', plist('0.13.1')],
    ['in product.json on a Mac', 'darwin', '/Applications/Kiro.app/Contents/Resources/app/product.json', product('0.13.1')],
    ["in a Windows user's programs", 'win32', 'C:\\Users\\me\\AppData\\Local\\Programs\\Kiro\\resources\\app\\product.json', product('0.13.1')],
    ['for all users of Windows', 'win32', 'C:\\Program Files\\Kiro\\resources\\app\\product.json', product('0.13.1')],
  ]
  for (const [name, platform, path, text] of found) {
    it(`is found ${name}`, () => {
      expect(kiroVersionOf('auto', machine(platform, { [path]: text }))).to.equal('0.13.1')
    })
  }

  it('is the built-in one where there is no IDE, on any system', () => {
    for (const platform of ['linux', 'darwin', 'win32', 'freebsd', 'aix'] as const) expect(kiroVersionOf('auto', machine(platform, {}))).to.equal(KIRO_VERSION)
  })

  it('is the built-in one where the IDE is older or the same', () => {
    for (const version of ['0.12.154', '0.12', '0.2.999', KIRO_VERSION, '0.12.155.0']) {
      expect(kiroVersionOf('auto', machine('linux', { '/usr/share/kiro/resources/app/product.json': product(version) })), version).to.equal(KIRO_VERSION)
    }
  })

  it('compares versions by number, part by part', () => {
    for (const version of ['0.12.156', '0.12.1000', '0.100.0', '1.0', '0.12.155.1']) {
      expect(kiroVersionOf('auto', machine('linux', { '/usr/share/kiro/resources/app/product.json': product(version) }))).to.equal(version)
    }
  })

  it('is the newest of several', () => {
    const files = { '/opt/kiro/resources/app/product.json': product('0.13.0'), '/opt/Kiro/resources/app/product.json': product('0.14.0') }
    expect(kiroVersionOf('auto', machine('linux', files))).to.equal('0.14.0')
  })

  const useless: readonly (readonly [string, string])[] = [
    ['another editor', product('1.96.0', 'Code - OSS')],
    ['no version', product(undefined)],
    ['a number', product(2)],
    ['words', product('latest')],
    ['a line break in the version', product('9.9.9\r\nx-header: 1')],
    ['a version without end', product('9.'.repeat(5000))],
    ['broken JSON', '{'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['nothing', ''],
  ]
  for (const [name, text] of useless) {
    it(`is not taken from a file with ${name}`, () => {
      expect(localVersions(machine('linux', { '/usr/share/kiro/resources/app/product.json': text }))).to.deep.equal([])
    })
  }

  it('is not taken from a binary property list', () => {
    expect(localVersions(machine('darwin', { '/Applications/Kiro.app/Contents/Info.plist': 'bplist00\0CFBundleShortVersionString\0' }))).to.deep.equal([])
  })

  it('is what the configuration says, without a look at the machine', () => {
    const looked = machine('linux', { '/usr/share/kiro/resources/app/product.json': product('9.9.9') })
    expect(kiroVersionOf('0.11.1', looked)).to.equal('0.11.1')
    expect(looked.asked).to.deep.equal([])
  })

  it('looks at a handful of files and no more', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const looked = machine(platform, {})
      kiroVersionOf('auto', looked)
      expect(looked.asked.length).to.be.within(1, 4)
    }
  })

  it('is fit for a header, whatever the files hold', () => {
    const anyFile = fc.oneof(fc.string(), fc.string().map(product), fc.string().map(plist), fc.json())
    fc.assert(
      fc.property(anyFile, fc.constantFrom('linux', 'darwin', 'win32'), (text, platform) => {
        const read = () => text
        expect(kiroVersionOf('auto', { platform, home: '/', read })).to.match(/^[0-9.]{1,32}$/)
      }),
    )
  })

  it('can be asked of this machine', () => {
    expect(kiroVersionOf('auto')).to.match(/^\d+(\.\d+)+$/)
  })
})
