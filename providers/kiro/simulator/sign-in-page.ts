import { type Exchange, headerOf, sendHtml } from './exchange.ts'

/** Who signs in when nobody says who. */
const SOMEBODY = 'simulated@example.com'

/** What the person at the page did. */
export type Decision = { readonly user: string } | 'denied'

/**
 * The decision of whoever is at a sign-in address. A browser is shown a page first and comes back with a form; a program
 * that asks for the address has agreed by asking. `user=` in either says who it is.
 */
export function decide(exchange: Exchange, page: SignInPage): Decision | undefined {
  if (exchange.method === 'POST') {
    const form = new URLSearchParams(exchange.body.toString())
    return form.get('decision') === 'deny' ? 'denied' : { user: form.get('user')?.trim() || SOMEBODY }
  }
  if (headerOf(exchange, 'accept')?.includes('text/html') === true) {
    sendHtml(exchange, render(page))
    return undefined
  }
  return { user: exchange.query.get('user') ?? SOMEBODY }
}

export interface SignInPage {
  readonly title: string
  /** The code that the device shows, to be compared or typed. */
  readonly userCode?: string
}

function render({ title, userCode }: SignInPage): string {
  const code = userCode === undefined ? '' : `<p><label>Code <input name="user_code" value="${escape(userCode)}" autocomplete="off"></label></p>`
  return [
    `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Simulated sign-in</title>`,
    `<h1>${escape(title)}</h1><p>This page belongs to a simulator. There is no account, and nothing leaves this machine.</p>`,
    `<form method="post">${code}<p><label>User <input name="user" value="${SOMEBODY}"></label></p>`,
    `<button name="decision" value="agree">Sign in as simulated user</button> <button name="decision" value="deny">Refuse</button></form></html>`,
  ].join('\n')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
