import { spawn } from 'node:child_process'

/** What decides whether there is a browser. */
export interface Desktop {
  readonly platform: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** Whether a browser that opens here opens before the person's eyes. */
export function hasBrowser({ platform, variables }: Desktop): boolean {
  if (filled(variables.SSH_CONNECTION) || filled(variables.SSH_TTY)) return false
  if (platform === 'darwin' || platform === 'win32') return true
  return filled(variables.DISPLAY) || filled(variables.WAYLAND_DISPLAY)
}

/** Opens an address in the person's browser. No shell sees it, and nobody waits: the address is shown in any case. */
export function openBrowser(url: string, platform: string): void {
  const [command, ...before] = openerOf(platform)
  const child = spawn(command, [...before, url], { stdio: 'ignore', detached: true, windowsHide: true })
  child.on('error', () => undefined)
  child.unref()
}

function openerOf(platform: string): readonly [string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      // `start` is a word of the command interpreter, which would read the address.
      return ['rundll32', 'url.dll,FileProtocolHandler']
    default:
      return ['xdg-open']
  }
}

function filled(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
