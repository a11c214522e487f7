import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { VARIABLES } from '../../../config/environment.ts'
import { ConfigError } from '../../../config/faults.ts'
import type { Flags, Settings } from '../../../core/contract/settings.ts'
import { ConfigFolder } from '../../support/config-folder.ts'

describe('settling the configuration', () => {
  const folders: ConfigFolder[] = []
  async function folder(files: Readonly<Record<string, string>> = {}): Promise<ConfigFolder> {
    const made = await ConfigFolder.make(files)
    folders.push(made)
    return made
  }
  const load = async (files: Readonly<Record<string, string>> = {}, environment: Readonly<Record<string, string>> = {}, flags: Flags = {}): Promise<Settings> => (await folder(files)).load(environment, flags)
  const faults = async (...args: Parameters<typeof load>): Promise<readonly string[]> => {
    const error = await load(...args).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ConfigError)
    return (error as ConfigError).faults
  }
  afterEach(() => Promise.all(folders.splice(0).map(made => made.remove())))

  const json = (config: object) => ({ 'kiro-gateway.config.json': JSON.stringify(config) })
  const source = (settings: Settings, name: string) => settings.explained.find(setting => setting.name === name)

  it('has a default for everything', async () => {
    const settings = await load()
    expect(settings).to.deep.include({ host: '127.0.0.1', port: 8080, auth: 'keys', keys: [], sandbox: true, bodyLimitBytes: 32 * 1024 * 1024, drainMs: 30_000, log: { level: 'info', format: 'json' }, notes: [], sources: [] })
    expect(settings.timeouts).to.deep.include({ firstTokenMs: 60_000, streamReadMs: 120_000, nonStreamMs: 600_000, beforeFirstByteMs: 120_000 })
    expect(settings.file).to.equal(undefined)
    expect(settings.providers.map(({ name }) => name)).to.deep.equal(['kiro'])
    expect(settings.plugins.map(({ name }) => name)).to.include.members(['model-map', 'retry'])
    expect(settings.keepAliveMs, 'late enough for a real status, early enough for a proxy').to.be.within(10_000, 15_000)
  })

  describe('puts', () => {
    const file = json({ server: { port: 1111, host: '127.0.0.3' }, log: { level: 'warn' } })

    it('the file over the default', async () => {
      const settings = await load(file)
      expect(settings.port).to.equal(1111)
      expect(source(settings, 'server.port')).to.deep.include({ source: 'file', value: '1111' })
      expect(source(settings, 'server.port')?.from).to.match(/kiro-gateway\.config\.json$/)
    })

    it('the environment over the file', async () => {
      const settings = await load(file, { PORT: '2222' })
      expect(settings.port).to.equal(2222)
      expect(settings.host).to.equal('127.0.0.3')
      expect(source(settings, 'server.port')).to.deep.include({ source: 'environment', from: 'PORT' })
    })

    it('.env over the file, and the real environment over .env', async () => {
      const files = { ...file, '.env': 'PORT=3333\nLOG_LEVEL="error"\n# HOST=1.2.3.4\n' }
      expect((await load(files)).port).to.equal(3333)
      expect(await load(files, { PORT: '2222' })).to.deep.include({ port: 2222, log: { level: 'error', format: 'json' } })
    })

    it('flags over all', async () => {
      const settings = await load(file, { PORT: '2222', LOG_LEVEL: 'error' }, { port: 4444, host: '::1', logLevel: 'debug', dataDir: 'here' })
      expect(settings).to.deep.include({ port: 4444, host: '::1', log: { level: 'debug', format: 'json' } })
      expect(settings.dataDir).to.match(/\/here$/)
      expect(source(settings, 'server.port')?.source).to.equal('flag')
    })

    it('an empty variable nowhere', async () => {
      expect((await load(file, { PORT: '', HOST: ' ' })).port).to.equal(1111)
    })

    it('the first name of a variable before its older ones', async () => {
      expect((await load({}, { API_KEY: 'old-key-1' })).keys).to.deep.equal(['old-key-1'])
      expect((await load({}, { API_KEY: 'old-key-1', PROXY_API_KEY: 'a-1, b-2 ,' })).keys).to.deep.equal(['a-1', 'b-2'])
    })
  })

  describe('reads the environment', () => {
    it('in seconds, yes and no, lists and choices', async () => {
      const settings = await load({}, { FIRST_TOKEN_TIMEOUT: '90', STREAM_READ_TIMEOUT: '0.5', NON_STREAM_TIMEOUT: '300', NO_PROXY: 'a.test,b.test', HTTPS_PROXY: 'http://p.test:1', LOG_FORMAT: 'pretty' })
      expect(settings.timeouts).to.deep.include({ firstTokenMs: 90_000, streamReadMs: 500, nonStreamMs: 300_000, beforeFirstByteMs: 180_000 })
      expect(settings.proxies).to.deep.equal({ https: 'http://p.test:1', bypass: ['a.test', 'b.test'] })
      expect(settings.log.format).to.equal('pretty')
    })

    it('for the number of processes, or as many as there are cores', async () => {
      expect((await load()).workers).to.equal(1)
      expect((await load({}, { WORKERS: '3' })).workers).to.equal(3)
      const settings = await load(json({ workers: 'auto' }))
      expect(settings.workers).to.equal(availableParallelism())
      expect(source(settings, 'workers')).to.deep.include({ value: 'auto', source: 'file' })
    })

    it("hands a provider's variables to its options, over those of the file", async () => {
      const settings = await load(json({ providers: [{ use: 'kiro', options: { region: 'eu-central-1', apiRegion: 'eu-west-1' } }] }), { REGION: 'us-west-2', KIRO_API_URL: 'http://127.0.0.1:1,http://127.0.0.1:2' })
      expect(settings.providers[0]?.options).to.deep.include({ region: 'us-west-2', apiRegion: 'eu-west-1', apiUrl: 'http://127.0.0.1:1,http://127.0.0.1:2' })
    })

    it('for credential sources, and passes the rest on', async () => {
      const settings = await load({}, { KIRO_CREDS_FILE: '~/creds.json', REFRESH_TOKEN: 'r-1', SOMETHING: 'x' })
      expect(settings.sources).to.deep.equal([{ provider: 'kiro', location: '~/creds.json' }])
      expect(settings.environment).to.deep.include({ REFRESH_TOKEN: 'r-1', SOMETHING: 'x' })
    })

    it('and turns the sandbox off in production, unless the file wants it', async () => {
      expect((await load({}, { NODE_ENV: 'production' })).sandbox).to.equal(false)
      expect((await load(json({ sandbox: true }), { NODE_ENV: 'production' })).sandbox).to.equal(true)
      expect((await load(json({ sandbox: false }))).sandbox).to.equal(false)
    })

    it('and says what it ignores', async () => {
      expect((await load({}, { POOL_MODE: 'true' })).notes.join()).to.contain('POOL_MODE')
    })

    it('adds the capture plugin for DEBUG_MODE, in front, once', async () => {
      const names = async (environment: Record<string, string>, files = {}) => (await load(files, environment)).plugins.map(({ name, options }) => [name, (options as { mode?: string }).mode])
      expect((await names({ DEBUG_MODE: 'all' }))[0]).to.deep.equal(['debug-capture', 'all'])
      expect((await names({ DEBUG_MODE: 'off' })).map(([name]) => name)).to.not.include('debug-capture')
      const own = json({ plugins: [{ use: 'debug-capture', options: { mode: 'errors' } }] })
      expect(await names({ DEBUG_MODE: 'all' }, own)).to.deep.equal([['debug-capture', 'errors']])
    })

    it('with the fetching plugin where addresses may be fetched', async () => {
      const media = async (content: object) => (await load(json(content))).plugins.filter(plugin => plugin.name === 'fetch-media').map(({ options }) => options)
      expect(await media({})).to.deep.equal([])
      expect(await media({ media: { fetchUrls: false, maxBytes: 2048 } })).to.deep.equal([])
      expect(await media({ media: { fetchUrls: true } })).to.deep.equal([{ maxBytes: 5 * 1024 * 1024, hosts: [] }])
      expect(await media({ media: { fetchUrls: true, maxBytes: 2048, hosts: ['a.example'] } })).to.deep.equal([{ maxBytes: 2048, hosts: ['a.example'] }])
      expect(await media({ media: { fetchUrls: true }, plugins: [{ use: 'fetch-media', options: { perRequest: 1 } }] })).to.deep.equal([{ perRequest: 1 }])
    })

    for (const [name, value, says] of [
      ['PORT', 'http', 'whole number'],
      ['PORT', '70000', '65535'],
      ['FIRST_TOKEN_TIMEOUT', '-1', 'seconds'],
      ['FIRST_TOKEN_TIMEOUT', '0', 'seconds'],
      ['FIRST_TOKEN_TIMEOUT', '999999', '86400'],
      ['WORKERS', 'many', 'whole number or auto'],
      ['WORKERS', '0', 'must be >= 1'],
      ['LOG_LEVEL', 'loud', 'debug, info, warn, error'],
      ['DEBUG_MODE', 'yes', 'off, errors, all'],
      ['KIRO_REGION', 'not a region', 'region'],
    ] as const) {
      it(`refuses ${name}=${value} by name`, async () => {
        const [fault = ''] = await faults({}, { [name]: value })
        expect(fault).to.contain(name.startsWith('KIRO') ? 'kiro' : name).and.to.contain(says)
      })
    }
  })

  describe('the data folder', () => {
    it('is taken relative to the working directory, and ~ for home', async () => {
      const here = await folder()
      expect((await here.load({ DATA_DIR: 'x/y' })).dataDir).to.equal(join(here.path, 'x/y'))
      expect((await here.load({ DATA_DIR: '~/gw' })).dataDir).to.equal(join(homedir(), 'gw'))
      expect((await here.load()).dataDir).to.equal(join(here.path, 'data'))
    })
  })

  describe('refuses', () => {
    it('an unknown member with the nearest that there is', async () => {
      expect(await faults(json({ sever: {} }))).to.deep.equal(['unknown setting "sever"; did you mean "server"?'])
      expect(await faults(json({ server: { workers: 2 } }))).to.deep.equal(['server: unknown setting "workers"; it belongs to the top level'])
      expect(await faults(json({ port: 80 }))).to.deep.equal(['unknown setting "port"; it belongs into "server"'])
      expect(await faults(json({ server: { prot: 1 } }))).to.deep.equal(['server: unknown setting "prot"; did you mean "port"?'])
      expect(await faults(json({ somethingElse: 1 }))).to.deep.equal(['unknown setting "somethingElse"'])
    })

    it('an option of a plugin with the nearest that there is', async () => {
      expect(await faults(json({ plugins: [{ use: 'retry', options: { atempts: 3 } }] }))).to.deep.equal(['plugins[0] (retry): unknown setting "atempts"; did you mean "attempts"?'])
    })

    it('a wrong type with its path', async () => {
      expect(await faults(json({ server: { port: 'x' } }))).to.deep.equal(['server.port: must be integer'])
      expect(await faults(json({ plugins: [{ use: 'model-map', options: { 'gpt-4*': 5 } }] }))).to.deep.equal(['plugins[0] (model-map).gpt-4*: must be string'])
      expect(await faults(json({ auth: 'maybe' }))).to.deep.equal(['auth: must be one of keys, none'])
    })

    it('a plugin or provider that there is not, with the nearest that there is', async () => {
      expect(await faults(json({ plugins: [{ use: 'rety' }] }))).to.deep.equal(['plugins[0]: there is no plugin "rety"; did you mean "retry"?'])
      expect(await faults(json({ providers: [{ use: 'kirro' }] }))).to.deep.equal(['providers[0]: there is no provider "kirro"; did you mean "kiro"?'])
      expect((await faults(json({ plugins: [{ use: 'constructor' }] })))[0]).to.contain('plugins[0]')
      expect((await faults(json({ plugins: [{ options: {} }] })))[0]).to.contain('plugins[0]')
      expect((await faults(json({ plugins: ['retry'] })))[0]).to.contain('plugins')
    })

    it('everything that is wrong at once: file, environment, plugins, providers, combinations', async () => {
      const all = await faults(json({ sever: {}, auth: 'none', server: { host: '0.0.0.0', port: -1 }, plugins: [{ use: 'rety' }, { use: 'retry', options: { atempts: 1 } }], providers: [{ use: 'kiro', options: { regoin: 'x' } }] }), { LOG_LEVEL: 'loud' })
      for (const part of ['LOG_LEVEL', '"sever"', 'server.port', '"rety"', '"atempts"', '"regoin"', 'loopback']) expect(all.join('\n')).to.contain(part)
    })

    it('a configuration that is no object', async () => {
      for (const content of ['[]', '"text"', '5']) {
        const [fault = ''] = await faults({ 'kiro-gateway.config.json': content })
        expect(fault).to.match(/\w.* must be object/)
      }
    })

    it('wrong types everywhere without falling over them', async () => {
      const all = await faults(json({ server: 'x', dataDir: 5, keys: 'k', timeouts: [], log: null, providers: {}, plugins: 'x', sandbox: 'yes' }))
      expect(all.length).to.be.at.least(6)
    })

    it('to ask nobody for a key anywhere but on loopback', async () => {
      for (const host of ['0.0.0.0', '::', '192.168.0.5', 'gateway.test', '127.evil.test', '127.0.0.1.evil.test', '']) {
        if (host === '') continue
        expect((await faults(json({ auth: 'none', server: { host } })))[0], host).to.contain('loopback')
        expect((await faults(json({ auth: 'none' }), {}, { host }))[0], host).to.contain('loopback')
      }
      for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect((await load(json({ auth: 'none', server: { host } }))).auth).to.equal('none')
    })

    it('a database address that is none, or whose password could be taken for something else, without repeating it', async () => {
      for (const url of ['mysql://u:m4rk@h/db', 'postgres://u:m4rk@h', 'postgres://u:m4/rk@h/db', 'postgres://u:m4#rk@h/db', 'm4rk']) {
        const [fault = ''] = await faults({}, { DATABASE_URL: url })
        expect(fault, url).to.contain('DATABASE_URL').and.not.contain('m4')
      }
    })

    it('a log level of the command line that there is not', async () => {
      expect((await faults({}, {}, { logLevel: 'loud' }))[0]).to.contain('--log-level')
    })

    it('a port of the command line that there is not', async () => {
      for (const port of [70_000, -1, 1.5, Number.NaN]) expect((await faults({}, {}, { port }))[0]).to.contain('--port')
    })
  })

  it('shows no secret when it explains itself', async () => {
    const marker = 'm4rk3rS3cr3t'
    const valueOf = (name: string) => (name === 'DATABASE_URL' ? `postgres://user:${marker}@p.test/gateway` : `http://user:${marker}@p.test:1`)
    const settings = await load({}, Object.fromEntries(VARIABLES.filter(({ secret }) => secret).map(({ name }) => [name, valueOf(name)])))
    expect(settings.explained.find(({ name }) => name === 'databaseUrl')).to.deep.include({ value: 'postgres://p.test:5432/gateway', from: 'DATABASE_URL' })
    expect(JSON.stringify(settings.explained)).to.not.contain(marker)
    expect(JSON.stringify(settings.notes)).to.not.contain(marker)
  })
})
