import { readRunFiles, type RunFile } from '../../core/container/run-file.ts'

/** What the one gateway that runs on a data folder says of itself. */
export function onlyRunFile(dataDir: string): RunFile {
  const [run, ...more] = readRunFiles(dataDir)
  if (run === undefined || more.length > 0) throw new Error(`${more.length + (run ? 1 : 0)} gateways run on ${dataDir}`)
  return run
}
