/**
 * Signatures and sealed reasoning that mean something to one upstream alone travel in an envelope: two letters and a digit
 * that say who can open it, a dot, the rest (`providers.md` §12.5). Anthropic's own are bare base64, which has no dot.
 */
const ENVELOPE = /^[a-z]{2}\d\./

/** Whether it was sealed by some provider of this gateway: worthless, and refused, everywhere else. */
export function isEnvelope(text: string): boolean {
  return ENVELOPE.test(text)
}
