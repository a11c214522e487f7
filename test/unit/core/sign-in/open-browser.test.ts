import { expect } from 'chai'
import { hasBrowser } from '../../../../core/sign-in/open-browser.ts'

describe('whether there is a browser', () => {
  const has = (platform: string, variables: Readonly<Record<string, string>> = {}) => hasBrowser({ platform, variables })

  it('is told by the desktop on Linux', () => {
    expect([has('linux'), has('linux', { DISPLAY: '' })]).to.deep.equal([false, false])
    expect([has('linux', { DISPLAY: ':0' }), has('linux', { WAYLAND_DISPLAY: 'wayland-0' })]).to.deep.equal([true, true])
  })

  it('is taken for granted on systems that always have one', () => {
    expect([has('darwin'), has('win32')]).to.deep.equal([true, true])
  })

  it('is denied to whoever sits at another machine', () => {
    for (const platform of ['linux', 'darwin', 'win32']) {
      expect(has(platform, { DISPLAY: ':0', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }), platform).to.equal(false)
      expect(has(platform, { DISPLAY: ':0', SSH_TTY: '/dev/pts/0' }), platform).to.equal(false)
    }
  })
})
