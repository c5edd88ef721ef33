/** How the length of an epoch is told: in blocks of so many milliseconds. */
export interface EpochTiming {
  readonly msPerBlock: number
  /** Blocks. */
  readonly epochDuration: number
}

/** What the configuration fixes of it. */
export type TimingSettings = { readonly [Key in keyof EpochTiming]?: number | undefined }

/** As the main network has it: one hour. */
const USUAL: EpochTiming = { msPerBlock: 15_000, epochDuration: 240 }

/**
 * Clients reckon the length of an epoch as the product of the two, so it has to be exact where the length is known: the
 * longest block up to the usual one that divides the epoch, unless the configuration fixes one or the other.
 * `problem` says why what it fixes can't be.
 */
export function epochTiming(
  length_ms: number | undefined,
  { msPerBlock, epochDuration }: TimingSettings,
): EpochTiming | { readonly problem: string } {
  if (length_ms === undefined || (msPerBlock !== undefined && epochDuration !== undefined)) {
    const timing = { msPerBlock: msPerBlock ?? USUAL.msPerBlock, epochDuration: epochDuration ?? USUAL.epochDuration }
    const product_ms = timing.msPerBlock * timing.epochDuration
    if (length_ms === undefined || product_ms === length_ms) return timing
    return {
      problem: `${timing.epochDuration} blocks of ${timing.msPerBlock} ms are ${product_ms} ms, and the epoch lasts ${length_ms} ms`,
    }
  }
  if (msPerBlock !== undefined) {
    const blocks = length_ms / msPerBlock
    if (Number.isInteger(blocks)) return { msPerBlock, epochDuration: blocks }
    return { problem: `blocks of ${msPerBlock} ms do not divide an epoch of ${length_ms} ms` }
  }
  if (epochDuration !== undefined) {
    const block_ms = length_ms / epochDuration
    if (Number.isInteger(block_ms)) return { msPerBlock: block_ms, epochDuration }
    return { problem: `${epochDuration} blocks of whole milliseconds do not make up an epoch of ${length_ms} ms` }
  }
  let block_ms = Math.min(USUAL.msPerBlock, length_ms)
  while (length_ms % block_ms !== 0) block_ms--
  return { msPerBlock: block_ms, epochDuration: length_ms / block_ms }
}
