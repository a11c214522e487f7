import { runCommandLine } from '../../core/cli/index.ts'
import { formatTable } from '../../core/cli/output.ts'
import type { Settings } from '../../core/contract/settings.ts'

export interface CommandResult {
  readonly code: number
  /** What was printed, tables without colours. */
  readonly text: string
  readonly json: unknown
}

/** Runs a command over a gateway's data as a person beside it would, in this process. */
export async function runCommand(settings: Settings, ...words: readonly string[]): Promise<CommandResult> {
  const said: string[] = []
  let json: unknown
  const say = (text: string) => void said.push(text)
  const code = await runCommandLine(words, {
    load: ({ logLevel }) => Promise.resolve(logLevel === undefined ? settings : { ...settings, log: { ...settings.log, level: 'error' } }),
    output: {
      json: value => {
        // As it would be read by another program.
        json = JSON.parse(JSON.stringify(value))
      },
      line: say,
      notice: say,
      table: (header, rows) => say(formatTable(header, rows, false)),
    },
    version: '0.0.0-test',
    readStdin: () => Promise.resolve(''),
  })
  return { code, text: said.join('\n'), json }
}
