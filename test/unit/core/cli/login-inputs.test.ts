import { expect } from 'chai'
import type { SignInMethod } from '../../../../core/contract/sign-in.ts'
import { type LoginChoices, readInputs, readMethod } from '../../../../core/cli/login-inputs.ts'
import { choose, type Terminal } from '../../../../core/cli/terminal.ts'
import { WrongUse } from '../../../../core/cli/wrong-use.ts'

const REGION = { name: 'region', title: 'AWS region', secret: false, optional: true }
const BROWSER: SignInMethod = { name: 'browser', title: 'Browser', inputs: [] }
const COMPANY: SignInMethod = { name: 'company', title: 'Company', inputs: [{ name: 'start-url', title: 'Start URL', secret: false, optional: false }, REGION] }
const KEY: SignInMethod = { name: 'key', title: 'Key', inputs: [{ name: 'api-key', title: 'API key', secret: true, optional: false }] }
const METHODS = [BROWSER, COMPANY, KEY]

describe('what a login needs to know', () => {
  let told: string[]
  let prompts: string[]
  let secrets: string[]
  beforeEach(() => {
    told = []
    prompts = []
    secrets = []
  })

  /** Somebody who answers in this order, and then has no more to say. */
  const terminal = (interactive: boolean, ...answers: readonly string[]): Terminal => {
    const left = [...answers]
    return {
      interactive,
      line: (prompt = '') => {
        prompts.push(prompt)
        return Promise.resolve(left.shift())
      },
      secret: prompt => {
        secrets.push(prompt)
        return Promise.resolve(left.shift())
      },
      onInterrupt() {},
      close() {},
    }
  }
  const asking = (given: Terminal, choices: LoginChoices = {}) => ({ choices, terminal: given, tell: (text: string) => void told.push(text) })

  /** What is said to be wrong with the command line. */
  const complaint = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'nothing',
      (error: unknown) => (error instanceof WrongUse ? error.message : `another failure: ${String(error)}`),
    )

  it('is the method that was named', async () => {
    expect(await readMethod(METHODS, asking(terminal(false), { method: 'company' }))).to.equal(COMPANY)
    expect(await complaint(readMethod(METHODS, asking(terminal(true), { method: 'password' })))).to.equal(
      'there is no --method password; there are browser, company, key',
    )
  })

  it('is asked for at a terminal, by number or name, until the answer is one', async () => {
    expect(await readMethod(METHODS, asking(terminal(true, '0', 'nonsense', '', ' 2 ')))).to.equal(COMPANY)
    expect(told[0]).to.contain('1. Browser (browser)').and.contain('3. Key (key)')
    expect(prompts).to.have.length(4)
    expect(await readMethod(METHODS, asking(terminal(true, 'key')))).to.equal(KEY)
  })

  it('is told to a program, which cannot be asked', async () => {
    expect(await complaint(readMethod(METHODS, asking(terminal(false, '1'))))).to.equal('name a way to sign in: --method browser|company|key')
    expect(prompts).to.deep.equal([])
  })

  it('is nothing when a person leaves the question', async () => {
    const error = await choose(terminal(true), ['a', 'b']).catch((thrown: Error) => thrown)
    expect(error).to.have.property('code', 'cancelled')
  })

  it('is what the command line says, and what a person adds', async () => {
    expect(await readInputs(COMPANY, asking(terminal(true), { startUrl: 'https://a.test', region: 'eu-west-1' }))).to.deep.equal({
      'start-url': 'https://a.test',
      region: 'eu-west-1',
    })
    expect(await readInputs(COMPANY, asking(terminal(true, ' https://b.test ')))).to.deep.equal({ 'start-url': 'https://b.test' })
    expect(prompts, 'what is optional is not asked for').to.deep.equal(['Start URL: '])
  })

  it('is a fault when it is missing', async () => {
    expect(await complaint(readInputs(COMPANY, asking(terminal(false, 'https://b.test'))))).to.equal('Company needs --start-url')
    expect(await complaint(readInputs(COMPANY, asking(terminal(true, '  '))))).to.equal('Company needs --start-url')
    expect(await complaint(readInputs(KEY, asking(terminal(false))))).to.equal('no API key came on standard input')
  })

  it('takes a secret hidden from a person, and from a program as it comes', async () => {
    expect(await readInputs(KEY, asking(terminal(true, 'secret')))).to.deep.equal({ 'api-key': 'secret' })
    expect(await readInputs(KEY, asking(terminal(false, 'secret')))).to.deep.equal({ 'api-key': 'secret' })
    expect([secrets, prompts]).to.deep.equal([['API key: ', 'API key: '], []])
  })

  it('tells of what is of no use', async () => {
    expect(await readInputs(BROWSER, asking(terminal(false), { region: 'eu-west-1' }))).to.deep.equal({})
    expect(told).to.deep.equal(['--region is left out: Browser has no use for it'])
  })
})
