import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../../../core/index.ts'
import { redact, redactText } from '../../../../core/telemetry/redact.ts'

// Made up, in the shapes of the real ones; each ends with the marker that must not be seen.
const MARKER = 'm4rk3rS3cr3t'
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${MARKER}`
export const SECRETS: Readonly<Record<string, string>> = {
  'client key': `sk-kg-${MARKER}0123456789`,
  'foreign client key': `sk-ant-api03-${MARKER}-abc_def`,
  'Kiro access token': `aoaAAAAAGk0${MARKER}:MGUCMQDx/+abc=`,
  'Kiro refresh token': `aorAAAAAGmx${MARKER}:MGQCMBxyz/+==`,
  'Kiro API key': `ksk_${MARKER}`,
  'Google API key': `AIzaSyA${MARKER}abcdefghijklmnop`,
  'Google token': `ya29.a0Ae${MARKER}-abc_def`,
  JWT,
  'bearer value': `Bearer ${MARKER}`,
  'bearer value in lower case': `bearer ${MARKER}`,
  'basic value': `Basic ${Buffer.from(`user:${MARKER}`).toString('base64')}${MARKER}`,
  'proxy password': `http://someone:${MARKER}@proxy.test:3128/`,
  'proxy password with an at': `http://someone:a@b${MARKER}@proxy.test:3128/`,
  'profile ARN': `arn:aws:codewhisperer:us-east-1:123456789012:profile/${MARKER}`,
  'query key': `GET /v1/models?key=${MARKER}&a=b`,
  'query token': `https://a.test/x?refresh_token=${MARKER}`,
  'callback code': `http://127.0.0.1/cb?code=${MARKER}&state=${MARKER}`,
  'form body': `grant_type=refresh_token&refresh_token=${MARKER}&client_secret=${MARKER}`,
  'form body alone': `client_secret=${MARKER}`,
  'JSON body': `{"accessToken":"${MARKER}","clientSecret" : "${MARKER}","api_key":"${MARKER}"}`,
  'escaped JSON body': JSON.stringify(`{"refreshToken":"${MARKER}"}`),
}

describe('redactText', () => {
  for (const [kind, secret] of Object.entries(SECRETS)) {
    it(`takes a ${kind} out of any text`, () => {
      for (const text of [secret, `before ${secret} after`, `"${secret}"`, `(${secret})`, `x=1, ${secret}\nnext line`]) {
        expect(redactText(text), text).to.not.contain(MARKER)
      }
    })
  }

  for (const text of [
    'the model claude-sonnet-4.5 is not offered',
    'input_tokens=5 output_tokens: 7',
    'the task-runner and the risk-taker',
    'a key is missing; exit code=1, state=open',
    'http://127.0.0.1:8080/v1/models?limit=5',
    'arn is not set',
    'upstream answered 429 with ThrottlingException',
    '{"max_tokens":100,"tokens":{"input":5}}',
  ]) {
    it(`leaves "${text.slice(0, 40)}" as it is`, () => {
      expect(redactText(text)).to.equal(text)
    })
  }

  it('keeps what stands around a secret', () => {
    expect(redactText(`the proxy ${SECRETS['proxy password']} is down`)).to.equal('the proxy http://someone:[redacted]@proxy.test:3128/ is down')
  })

  it('shortens what is very long, without cutting a secret into one that is not known any more', () => {
    for (let offset = 3_900; offset <= 4_010; offset += 3) {
      for (const secret of Object.values(SECRETS)) expect(redactText(`${' '.repeat(offset)}${secret}${' '.repeat(500)}`).length).to.be.lessThan(4_200)
      expect(redactText(`${'a '.repeat(offset / 2)}aoaAAAAAG${'k'.repeat(300)}`), String(offset)).to.not.match(/k{20}/)
    }
  })

  it('takes linear time for text made to hurt', () => {
    const started = performance.now()
    for (const piece of ['sk-', 'eyJ', 'Bearer ', '://a:', '?key=', 'arn:aws:', 'aoa', '"token":"', 'token=', '://']) redactText(piece.repeat(200_000 / piece.length))
    expect(performance.now() - started).to.be.lessThan(500)
  })
})

describe('redact', () => {
  const absent = (value: unknown) => expect(JSON.stringify(redact(value)) ?? '').to.not.contain(MARKER)

  for (const name of ['authorization', 'Authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'password', 'clientSecret', 'client_secret', 'accessToken', 'refresh_token', 'token', 'apiKey', 'x-api-key', 'api_key', 'credential', 'credentials', 'key', 'codeVerifier', 'device_code']) {
    it(`hides the member ${name}, whatever it holds`, () => {
      absent({ [name]: MARKER })
      absent({ [name]: [MARKER] })
      absent({ [name]: { inner: MARKER } })
      absent({ deep: { er: { [name]: MARKER } } })
    })
  }

  it('shows counts and switches under such names', () => {
    expect(redact({ inputTokens: 5, tokenCount: 7, firstTokenMs: 60_000, hasToken: true, tokens: { input: 1 } })).to.deep.equal({ inputTokens: 5, tokenCount: 7, firstTokenMs: 60_000, hasToken: true, tokens: { input: 1 } })
  })

  for (const [kind, secret] of Object.entries(SECRETS)) {
    it(`takes a ${kind} out of values, names, lists, errors and their causes`, () => {
      absent(secret)
      absent({ note: secret })
      absent({ list: ['a', { b: secret }] })
      absent({ [secret]: 1 })
      absent(new Error(secret))
      absent({ error: new TypeError('outer', { cause: new Error('inner', { cause: { note: secret } }) }) })
      absent(new GatewayError('upstream_failed', 'm', { reason: secret, cause: new Error(secret) }))
      absent(Object.assign(new Error('x'), { code: secret }))
      absent(new AggregateError([new Error(secret)], secret))
    })
  }

  it('shows of an error its name, message, code, stack and cause', () => {
    const shown = redact(Object.assign(new TypeError('outer', { cause: new Error('inner') }), { code: 'E_X' })) as Record<string, any>
    expect(shown).to.deep.include({ name: 'TypeError', message: 'outer', code: 'E_X' })
    expect(shown.stack).to.contain('TypeError: outer')
    expect(shown.cause.message).to.equal('inner')
  })

  it('is bounded, whatever it gets', () => {
    const circular: Record<string, unknown> = { a: 1 }
    circular.self = circular
    expect(() => JSON.stringify(redact(circular))).to.not.throw()
    expect((redact({ list: Array.from({ length: 1000 }, () => 1) }) as { list: unknown[] }).list.length).to.be.lessThan(100)
    expect(JSON.stringify(redact({ bytes: Buffer.from(MARKER) }))).to.not.contain(MARKER)
    expect(JSON.stringify(redact({ big: 5n, call: () => MARKER, nothing: null }))).to.equal('{"big":"5","call":"[function]","nothing":null}')
    expect(JSON.stringify(redact({ at: new Date(0), where: new URL('http://a.test/') }))).to.contain('1970').and.to.contain('a.test')
  })

  it('survives a member that cannot be read', () => {
    const broken = Object.defineProperty({}, 'bad', { enumerable: true, get: () => { throw new Error(MARKER) } })
    expect(() => absent({ broken })).to.not.throw()
  })

  it('never throws and never shows a planted secret', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 5, withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }), fc.constantFrom(...Object.values(SECRETS)), (value, secret) => {
        absent({ value, secret, note: secret })
      }),
      { numRuns: 200 },
    )
  })
})
