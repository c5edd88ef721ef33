/** What a verifier keeps; the configuration names these `limits.publicKeys` and `limits.verifiedSignatures`. */
export interface VerifierLimits {
  /** Imported public keys. 0 keeps none. */
  readonly publicKeys: number
  /** Verified signatures of each of the two schemes whose signers can repeat one. 0 keeps none. */
  readonly verified: number
}

export const DEFAULT_VERIFIER_LIMITS: VerifierLimits = {
  // About 1 KiB each, and 94 µs saved each time that one is met again.
  publicKeys: 10_000,
  // Up to 2.5 KiB each, and a check of about 70 µs saved.
  verified: 10_000,
}
