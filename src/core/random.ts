/** Randomness is passed in, so that a test can replay recorded bytes. */
export interface Random {
  /** `count` random bytes in an array of their own. */
  bytes(count: number): Uint8Array
}
