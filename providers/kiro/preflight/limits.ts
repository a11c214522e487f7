/** Sizes that the upstream refuses or is suspected of refusing (`kiro.md` §5.2, §5.6, §5.12); all configurable, none is official. */
export interface PreflightLimits {
  /** UTF-16 units kept of a tool's description; 10 241 is refused, measured. */
  readonly descriptionUnits: number
  /** Base64 characters of one image. */
  readonly imageCharacters: number
  readonly imagesPerMessage: number
  /** Above so many images in a conversation no side of one may be longer than `manyImagesSide` pixels. */
  readonly manyImages: number
  readonly manyImagesSide: number
  /** Most tools that are declared: below 120 passed, 137 failed. */
  readonly maxTools: number
  /** Above these a request goes out with a warning. */
  readonly tools: number
  readonly toolCharacters: number
  readonly messageCharacters: number
  readonly resultCharacters: number
  readonly bodyBytes: number
}

export const DEFAULT_LIMITS: PreflightLimits = {
  descriptionUnits: 10_000,
  imageCharacters: 5_242_880,
  imagesPerMessage: 10,
  manyImages: 20,
  manyImagesSide: 2_000,
  maxTools: 120,
  tools: 100,
  toolCharacters: 256 * 1024,
  messageCharacters: 600_000,
  resultCharacters: 800_000,
  bodyBytes: 600_000,
}
