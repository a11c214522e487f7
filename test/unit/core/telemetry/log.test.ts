import { Writable } from 'node:stream'
import { expect } from 'chai'
import { GatewayError } from '../../../../core/index.ts'
import { createLogger, type LogOptions, silentLogger } from '../../../../core/telemetry/log.ts'

const MARKER = 'm4rk3rS3cr3t'

function capture(options: Partial<LogOptions> = {}) {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const log = createLogger({ level: 'debug', format: 'json', ...options, stream })
  return { log, text: () => text, lines: () => text.split('\n').filter(line => line !== ''), last: () => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, any> }
}

describe('the logger', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    it(`writes one line of JSON per ${level}, with time, level, message and fields`, () => {
      const { log, lines, last } = capture()
      log[level]('a thing happened', { account: 'a-1', attempts: 3, text: 'two\nlines' })
      expect(lines()).to.have.length(1)
      expect(last()).to.deep.include({ level, message: 'a thing happened', account: 'a-1', attempts: 3, text: 'two\nlines' })
      expect(Date.parse(last().timestamp)).to.be.closeTo(Date.now(), 60_000)
    })

    it(`shows no secret at ${level}: not in the message, not in fields, not in an error or its cause`, () => {
      for (const format of ['json', 'pretty'] as const) {
        const { log, text } = capture({ format })
        const secret = `Bearer ${MARKER}`
        log[level](`sent ${secret}`, { note: secret, authorization: MARKER, headers: { cookie: [MARKER] }, error: new GatewayError('upstream_failed', secret, { reason: secret, cause: new Error(secret, { cause: secret }) }) })
        log.child({ apiKey: MARKER, url: `http://a:${MARKER}@b/` })[level]('x', { token: MARKER })
        expect(text()).to.not.contain(MARKER)
      }
    })
  }

  it('leaves out what is below its level', () => {
    const { log, lines } = capture({ level: 'warn' })
    log.debug('no')
    log.info('no')
    log.warn('yes')
    log.error('yes')
    expect(lines()).to.have.length(2)
  })

  it('reads no fields that it does not write', () => {
    const { log } = capture({ level: 'error' })
    const fields = new Proxy({}, { ownKeys: () => expect.fail('it was read') })
    log.debug('x', fields)
  })

  it('adds the fields of a child to each of its lines, and to no others', () => {
    const { log, last } = capture()
    const child = log.child({ request: 'req_1' }).child({ account: 'a' })
    child.info('x', { more: 1 })
    expect(last()).to.deep.include({ request: 'req_1', account: 'a', more: 1 })
    log.info('y')
    expect(last()).to.not.have.property('request')
  })

  it('keeps a message as it is, whatever fields there are and whatever signs are in it', () => {
    const { log, last, lines } = capture()
    log.info('100 %d of %s, %c3', { message: 'another', level: 'fatal', stack: 'no', cause: 'none', splat: [1] })
    expect(lines()).to.have.length(1)
    expect(last()).to.deep.include({ message: '100 %d of %s, %c3', level: 'info' })
    log.info('with %s', { kept: 1 })
    expect(last()).to.deep.include({ kept: 1 })
  })

  it('writes one line in its pretty form too, whatever is in the message', () => {
    const { log, lines } = capture({ format: 'pretty' })
    log.warn('first\nforged line', { a: 'b\nc' })
    expect(lines()).to.have.length(1)
    expect(lines()[0]).to.contain('WARN').and.to.contain('{"a":"b\\nc"}')
  })

  it('never breaks whoever logs', () => {
    const { log } = capture()
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(() => log.error('x', { circular, big: 5n, nothing: undefined })).to.not.throw()
    expect(() => log.error(undefined as unknown as string)).to.not.throw()
  })

  it('may be silent', () => {
    expect(silentLogger.child({ a: 1 })).to.equal(silentLogger)
    expect(() => silentLogger.error('x')).to.not.throw()
  })
})
