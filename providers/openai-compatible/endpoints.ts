/** Ends that people paste along with the base. */
const PASTED = /\/(?:chat\/completions|completions|models|responses)$/

/** The address of one operation below a base URL; a query of the base, such as `?api-version=…`, stays. */
export function endpoint(baseUrl: string, operation: 'chat/completions' | 'models'): string {
  const url = new URL(baseUrl)
  const path = url.pathname.replace(/\/+$/, '').replace(PASTED, '').replace(/\/+$/, '')
  // A bare host means the customary place; whoever writes a path means that one.
  url.pathname = `${path === '' ? '/v1' : path}/${operation}`
  url.hash = ''
  return url.href
}
