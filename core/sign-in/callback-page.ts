import type { Outcome } from './arrivals.ts'

/** Nothing is loaded, nothing is kept, and no other page learns the address with the code in it. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  connection: 'close',
} as const

/** What the browser shows at the end of a sign-in. */
export function callbackPage({ ok, text }: Outcome): string {
  const title = ok ? 'Signed in' : 'Not signed in'
  return [
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    '<style>body{font:1.1rem system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style></head>',
    `<body><h1>${title}</h1><p>${escape(text)}</p><p>You can close this window.</p></body></html>`,
  ].join('\n')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
