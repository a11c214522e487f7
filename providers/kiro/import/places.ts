import { posix, win32 } from 'node:path'
import type { Machine } from '../../../core/index.ts'

/** Where Kiro's own programs keep their sign-ins: the IDE, then the command line client (`kiro.md` §2.1, §2.3). */
export function credentialPlaces(machine: Machine): readonly (readonly string[])[] {
  const path = machine.platform === 'win32' ? win32 : posix
  return [[path.join(machine.home, '.aws', 'sso', 'cache', 'kiro-auth-token.json')], cliFolders(machine).map(folder => path.join(folder, 'data.sqlite3'))]
}

function cliFolders({ platform, home, variables }: Machine): readonly string[] {
  switch (platform) {
    case 'win32':
      // Some clients look in the roaming folder; present installations write to the local one.
      return [variables.LOCALAPPDATA ?? win32.join(home, 'AppData', 'Local'), variables.APPDATA ?? win32.join(home, 'AppData', 'Roaming')].map(folder =>
        win32.join(folder, 'Kiro-Cli'),
      )
    case 'darwin':
      return ['kiro-cli', 'amazon-q'].map(name => posix.join(home, 'Library', 'Application Support', name))
    default:
      return ['kiro-cli', 'amazon-q'].map(name => posix.join(variables.XDG_DATA_HOME ?? posix.join(home, '.local', 'share'), name))
  }
}
