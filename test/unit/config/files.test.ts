import { mkdir } from 'node:fs/promises'
import { expect } from 'chai'
import { ConfigError } from '../../../config/faults.ts'
import { SEARCH_PLACES } from '../../../config/find-file.ts'
import { definePlugin } from '../../../core/index.ts'
import { ConfigFolder } from '../../support/config-folder.ts'

const TYPESCRIPT = `
import { defineConfig, type GatewayConfig } from 'kiro-gateway'
import { modelMap, retry } from 'kiro-gateway/plugins'
import { kiro } from 'kiro-gateway/providers/kiro'

interface Own { readonly port: number }
const own: Own = { port: 9123 }

export default defineConfig({
  server: { port: own.port },
  providers: [kiro({ region: 'eu-central-1' })],
  plugins: [modelMap({ 'gpt-4*': 'kiro/claude-x' }), retry({ attempts: 3 })],
} satisfies GatewayConfig)
`
const PLUGIN = `
import { definePlugin, Type } from 'kiro-gateway'
export default definePlugin({ name: 'own', options: Type.Object({ word: Type.String({ default: 'none' }) }, { additionalProperties: false }), setup: () => ({}) })
export { definePlugin }
`

describe('configuration files', () => {
  const folders: ConfigFolder[] = []
  async function folder(files: Readonly<Record<string, string>> = {}): Promise<ConfigFolder> {
    const made = await ConfigFolder.make(files)
    folders.push(made)
    return made
  }
  const fault = async (here: ConfigFolder, flags = {}): Promise<string> => {
    const error = await here.load({}, flags).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ConfigError)
    return (error as ConfigError).message
  }
  afterEach(() => Promise.all(folders.splice(0).map(made => made.remove())))

  for (const name of ['kiro-gateway.config.ts', 'kiro-gateway.config.mts']) {
    it(`may be ${name} anywhere on disk, and import the running gateway by its name`, async () => {
      const settings = await (await folder({ [name]: TYPESCRIPT })).load()
      expect(settings.port).to.equal(9123)
      expect(settings.providers.map(({ name, options }) => [name, (options as { region: string }).region])).to.deep.equal([['kiro', 'eu-central-1']])
      expect(settings.plugins.map(({ name, options }) => [name, options])).to.deep.equal([
        ['model-map', { 'gpt-4*': 'kiro/claude-x' }],
        ['retry', { attempts: 3 }],
      ])
      expect(settings.file).to.match(new RegExp(`${name.replaceAll('.', '\\.')}$`))
    })
  }

  const plain = { port: 9124, plugins: [{ use: 'retry', options: { attempts: 2 } }] }
  const object = `{ server: { port: ${plain.port} }, plugins: ${JSON.stringify(plain.plugins)} }`
  for (const [name, content] of [
    ['kiro-gateway.config.js', `export default ${object}`],
    ['kiro-gateway.config.mjs', `export default ${object}`],
    ['kiro-gateway.config.cjs', `module.exports = ${object}`],
    ['kiro-gateway.config.json', JSON.stringify({ server: { port: plain.port }, plugins: plain.plugins })],
    ['kiro-gateway.config.yaml', `server:\n  port: ${plain.port}\nplugins:\n  - use: retry\n    options: { attempts: 2 }\n`],
    ['kiro-gateway.config.yml', `server: { port: ${plain.port} }\nplugins: [{ use: retry, options: { attempts: 2 } }]\n`],
    ['.kiro-gatewayrc', `server:\n  port: ${plain.port}\nplugins: [{ use: retry, options: { attempts: 2 } }]\n`],
    ['package.json', JSON.stringify({ name: 'x', type: 'module', 'kiro-gateway': { server: { port: plain.port }, plugins: plain.plugins } })],
  ] as const) {
    it(`may be ${name}`, async () => {
      const settings = await (await folder({ ...(name.endsWith('.js') ? { 'package.json': '{"type":"module"}' } : {}), [name]: content })).load()
      expect(settings.port).to.equal(plain.port)
      expect(settings.plugins.map(({ name: plugin, options }) => [plugin, options])).to.deep.equal([['retry', { attempts: 2 }]])
    })
  }

  it('are looked for in the documented places, in their order', async () => {
    expect(SEARCH_PLACES).to.deep.equal([
      ...['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml'].map(extension => `kiro-gateway.config.${extension}`),
      '.kiro-gatewayrc',
      'package.json',
    ])
    const here = await folder({ 'kiro-gateway.config.yaml': 'server: { port: 2 }', 'kiro-gateway.config.json': '{"server":{"port":1}}', 'package.json': '{"kiro-gateway":{"server":{"port":3}}}' })
    expect((await here.load()).port).to.equal(1)
  })

  it('are not looked for above the working directory', async () => {
    const here = await folder({ 'kiro-gateway.config.json': '{"server":{"port":1}}' })
    await mkdir(`${here.path}/below`)
    const { loadSettings } = await import('../../../config/load.ts')
    expect((await loadSettings({ flags: {}, directory: `${here.path}/below`, environment: {} })).port).to.equal(8080)
  })

  it('may be named by a flag, relative to the working directory', async () => {
    const here = await folder({ 'kiro-gateway.config.json': '{"server":{"port":1}}', 'other/mine.json': '{"server":{"port":2}}' })
    expect((await here.load({}, { config: 'other/mine.json' })).port).to.equal(2)
    expect(await fault(here, { config: 'other/none.json' })).to.contain('other/none.json').and.to.contain('no such file')
    expect(await fault(here, { config: 'other' })).to.contain('no such file')
  })

  it('may be empty: then everything has its default', async () => {
    for (const [name, content] of [['kiro-gateway.config.yaml', ''], ['kiro-gateway.config.json', '{}'], ['package.json', '{"name":"x"}']] as const) {
      expect((await (await folder({ [name]: content })).load()).port).to.equal(8080)
    }
  })

  it('may export a function, or promise what they hold', async () => {
    const exports = ['export default () => ({ server: { port: 7 } })', 'export default async () => ({ server: { port: 7 } })', 'export default Promise.resolve({ server: { port: 7 } })']
    for (const content of exports) expect((await (await folder({ 'kiro-gateway.config.mjs': content })).load()).port, content).to.equal(7)
    expect(await fault(await folder({ 'kiro-gateway.config.mjs': 'export default async () => ({ sever: {} })' }))).to.contain('"sever"')
  })

  it('are read anew each time, with what they import, for TypeScript', async () => {
    const here = await folder({ 'kiro-gateway.config.ts': "import { port } from './port.ts'\nexport default { server: { port } }", 'port.ts': 'export const port: number = 1' })
    expect((await here.load()).port).to.equal(1)
    await here.write({ 'port.ts': 'export const port: number = 2' })
    expect((await here.load()).port).to.equal(2)
  })

  describe('that are broken', () => {
    for (const [what, files, says] of [
      ['JSON', { 'kiro-gateway.config.json': '{"server": ' }, 'JSON'],
      ['YAML', { 'kiro-gateway.config.yaml': 'server: [' }, 'YAML'],
      ['TypeScript', { 'kiro-gateway.config.ts': 'export default {' }, ''],
      ['TypeScript that cannot be erased', { 'kiro-gateway.config.ts': 'enum A { B }\nexport default { x: A.B }' }, 'enum'],
      ['code that throws', { 'kiro-gateway.config.ts': "throw new Error('GEMINI_API_KEY is not set')" }, 'GEMINI_API_KEY is not set'],
      ['an import that there is not', { 'kiro-gateway.config.ts': "import 'kiro-gateway/nothing'" }, 'nothing'],
    ] as const) {
      it(`say so by file: ${what}`, async () => {
        const here = await folder(files)
        const message = await fault(here)
        expect(message).to.contain(here.path)
        expect(message).to.contain(says)
      })
    }
  })

  describe('name plugins', () => {
    it('by a path relative to the file', async () => {
      const here = await folder({ 'sub/gateway.json': '{"plugins":[{"use":"./own.ts","options":{"word":"w"}}]}', 'sub/own.ts': PLUGIN })
      const [plugin] = (await here.load({}, { config: 'sub/gateway.json' })).plugins
      expect([plugin?.name, plugin?.options]).to.deep.equal(['own', { word: 'w' }])
    })

    it('by a package installed beside the file, for modules alone as well', async () => {
      const here = await folder({
        'kiro-gateway.config.json': '{"plugins":[{"use":"kiro-gateway-plugin-own"},{"use":"@scope/own"},{"use":"retri"}]}',
        'node_modules/kiro-gateway-plugin-own/package.json': '{"name":"kiro-gateway-plugin-own","type":"module","exports":{"import":"./main.js"}}',
        'node_modules/kiro-gateway-plugin-own/main.js': PLUGIN,
        'node_modules/@scope/own/package.json': '{"name":"@scope/own","type":"module","main":"main.js"}',
        'node_modules/@scope/own/main.js': PLUGIN,
        // Near a built-in name, and yet another package.
        'node_modules/retri/package.json': '{"name":"retri","type":"module","exports":"./main.js"}',
        'node_modules/retri/main.js': PLUGIN,
      })
      expect((await here.load()).plugins.map(({ name, options }) => [name, options])).to.deep.equal([
        ['own', { word: 'none' }],
        ['own', { word: 'none' }],
        ['own', { word: 'none' }],
      ])
    })

    it('that share one copy of the gateway with it', async () => {
      const here = await folder({ 'kiro-gateway.config.ts': "import own, { definePlugin } from './own.ts'\nglobalThis.sharedForTest = definePlugin\nexport default { plugins: [own()] }", 'own.ts': PLUGIN })
      expect((await here.load()).plugins.map(({ name }) => name)).to.deep.equal(['own'])
      const shared = globalThis as { sharedForTest?: unknown }
      expect(shared.sharedForTest).to.equal(definePlugin)
      delete shared.sharedForTest
    })

    for (const [what, use, files, says] of [
      ['that are not there', './none.ts', {}, './none.ts'],
      ['that are no plugin', './own.ts', { 'own.ts': 'export default { a: 1 }' }, 'does not export a plugin'],
      ['that throw', './own.ts', { 'own.ts': "throw new Error('needs a key')" }, 'needs a key'],
      ['of no installed package', 'some-far-package', {}, 'cannot be loaded'],
    ] as const) {
      it(`${what}: told with the name`, async () => {
        const here = await folder({ 'kiro-gateway.config.json': JSON.stringify({ plugins: [{ use }] }), ...files })
        expect(await fault(here)).to.contain('plugins[0]').and.to.contain(says)
      })
    }

    it('in an order that they accept', async () => {
      const late = PLUGIN.replace("name: 'own'", "name: 'late', after: ['own']")
      const files = { 'own.ts': PLUGIN, 'late.ts': late }
      const good = await folder({ ...files, 'kiro-gateway.config.json': '{"plugins":[{"use":"./own.ts"},{"use":"./late.ts"}]}' })
      expect((await good.load()).plugins.map(({ name }) => name)).to.deep.equal(['own', 'late'])
      const alone = await folder({ ...files, 'kiro-gateway.config.json': '{"plugins":[{"use":"./late.ts"}]}' })
      expect((await alone.load()).plugins).to.have.length(1)
      const bad = await folder({ ...files, 'kiro-gateway.config.json': '{"plugins":[{"use":"./late.ts"},{"use":"./own.ts"}]}' })
      expect(await fault(bad)).to.contain('plugins[0] (late): must come after "own"')
    })
  })
})
