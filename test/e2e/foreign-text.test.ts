import { expect } from 'chai'
import { type CommandLine, commandLine } from '../support/command-line.ts'

const HOSTILE = 'a\u001b]0;owned\u0007\u202eb\u009b2J\nimported acc_fake (trusted)'
/** All that may move a cursor or turn the writing around; our own lines end with \n. */
const CONTROLS = /(?!\n)[\p{Cc}\u202a-\u202e]/u

describe('text of others on the terminal', function () {
  this.timeout(30_000)
  let shell: CommandLine
  beforeEach(() => {
    shell = commandLine()
  })
  afterEach(() => shell.close())

  it('cannot move the cursor, turn the writing around or begin a line', async () => {
    const file = shell.file('one.json', [
      { label: HOSTILE, refreshToken: 'aorPlaceholder' },
      { label: HOSTILE, refreshToken: 'cut...' },
    ])
    for (const [args, lines] of [
      [['accounts', 'import', file], 2],
      [['accounts', 'restore', '--all'], 1],
      [['keys', 'create', '--label', HOSTILE], 2],
      [['keys', 'revoke', HOSTILE], 1],
    ] as const) {
      const { code, stdout, stderr } = await shell.run(args, { own: true })
      expect(code, stderr).to.equal(0)
      const said = `${stdout}${stderr}`
      expect(said, args.join(' ')).to.not.match(CONTROLS)
      expect(said.trimEnd().split('\n'), said).to.have.length(lines)
    }
  })

  it('is the same in JSON, and harmless there as well', async () => {
    await shell.run(['keys', 'create', '--label', HOSTILE])
    const { stdout } = await shell.run(['keys', 'list', '--json'], { own: true })
    expect(stdout).to.not.match(CONTROLS)
    expect((JSON.parse(stdout) as { label: string }[])[0]?.label).to.equal(HOSTILE)
  })
})
