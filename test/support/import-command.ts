import { runCommandLine } from '../../core/cli/index.ts'
import { formatTable } from '../../core/cli/output.ts'
import type { TestGateway } from './gateway.ts'

/** Runs `accounts import` beside a running gateway, as another process would, and waits until the gateway has seen it. */
export async function importByCommand(
  { gateway, settings }: TestGateway,
  files: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const code = await runCommandLine(['accounts', 'import', ...files], {
    load: () => Promise.resolve({ ...settings, environment: { ...settings.environment, ...environment } }),
    output: { json: value => say(JSON.stringify(value)), line: say, notice: say, table: (header, rows) => say(formatTable(header, rows, false)) },
    version: '0.0.0-test',
    readStdin: () => Promise.resolve(''),
  })
  await gateway.services.watch.check()
  return { code, said: said.join('\n') }
}
