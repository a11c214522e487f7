import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { upstreamEnvironment } from '../support/gateway.ts'

interface Tested {
  readonly id: string
  readonly ok: boolean
  readonly steps: readonly { readonly name: string; readonly result: string; readonly detail: string; readonly remedy?: string }[]
}

describe('accounts test', function () {
  this.timeout(60_000)
  let simulator: KiroSimulator
  let shell: CommandLine

  beforeEach(async () => {
    simulator = await startKiroSimulator()
    shell = commandLine({ ...upstreamEnvironment(simulator.origin), PORT: '0' })
  })
  afterEach(async () => {
    shell.close()
    await simulator.close()
  })

  const add = async (credential: object) =>
    (await shell.json<{ imported: readonly { id: string }[] }>(['accounts', 'import', shell.file('one.json', credential)])).imported[0]?.id ?? ''
  const test = async (...more: readonly string[]) => {
    const { code, stdout } = await shell.run(['accounts', 'test', '--all', ...more, '--json'])
    const [tested] = JSON.parse(stdout) as readonly Tested[]
    expect(code).to.equal(tested?.ok ? 0 : 1)
    return { ...tested!, results: tested!.steps.map(({ name, result }) => `${name} ${result}`) }
  }

  it('is not taken in by an access token that still works: a refresh token that nobody has presented yet is presented', async () => {
    const id = await add({ ...simulator.issue('social'), refreshToken: 'aorNobodyKnowsThisOne' })
    const first = await test()
    expect(first.results).to.deep.equal(['credential ok', 'state ok', 'token failed'])
    expect(first.steps[2]?.remedy).to.contain('sign in again')

    const again = await test()
    expect(again.results).to.deep.equal(['credential ok', 'state failed'])
    expect(again.steps[1]?.remedy).to.contain('sign in again')
    const examined = JSON.parse((await shell.run(['doctor', '--json'])).stdout) as { checks: readonly { result: string; detail: string }[] }
    expect(examined.checks.at(-1)).to.include({ result: 'failed' })
    expect(examined.checks.at(-1)?.detail).to.contain(`${id}: state: invalid`)
  })

  it('renews an imported token once; from then on only when it is due', async () => {
    await add(simulator.issue('social'))
    expect((await test()).steps[2]?.detail).to.match(/^renewed, valid until \d/)
    expect((await test()).steps[2]?.detail).to.match(/^valid until \d/)
  })

  it('does not condemn an account whose access token the upstream takes no more: it renews it and asks again', async () => {
    await add(simulator.issue('builder-id'))
    expect((await test()).ok).to.equal(true)
    for (const more of [[], ['--chat']]) {
      simulator.expireAccessTokens()
      const tested = await test(...more)
      expect(tested.ok, JSON.stringify(tested.steps)).to.equal(true)
      expect(tested.steps.filter(({ name }) => name === 'token').map(({ detail }) => detail.split(' ')[0])).to.deep.equal(['valid', 'renewed,'])
    }
  })

  it('says so where the renewal after such a refusal is refused as well', async () => {
    const issued = simulator.issue('social')
    await add(issued)
    await test()
    simulator.revoke(issued)
    const { results, steps } = await test()
    expect(results.slice(2)).to.deep.equal(['token ok', 'profile ok', 'token failed'])
    expect(steps.at(-1)?.remedy).to.contain('sign in again')
  })

  it('names the account in what it says to do', async () => {
    const id = await add(simulator.issue('social'))
    await shell.run(['accounts', 'disable', id])
    expect((await test()).steps.at(-1)?.remedy).to.equal(`enable it with "kiro-gateway accounts enable ${id}"`)
  })
})
