/** Bounds of the work for one token; every one can be given otherwise. */
export interface TokenLimits {
  readonly bytes: number
  /** Tokens inside each other: a token and its origins. */
  readonly levels: number
}

export const TOKEN_LIMITS: TokenLimits = {
  // A SessionTokenV2 with five levels, each filled to its bounds, has about 30 KiB, and a SessionToken here still has room
  // for 1,700 objects.
  bytes: 64 * 1024,
  // Genuine nodes stop at five. A few more are looked at, so that the answer can say what else is wrong; longer chains are
  // refused before any of their signatures is checked, of which each level has one.
  levels: 8,
}
