/** A command line that lacks something, or has too much: told in one line, like any failure, but with its own exit code. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
