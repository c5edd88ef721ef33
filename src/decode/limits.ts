import { DEFAULT_NESTING } from '../wire/index.js'

/** Bounds of the work for one input; every one can be given otherwise. */
export interface DecodeLimits {
  /** Of the input as bytes. */
  readonly size: number
  readonly messages: number
  /** Fields shown of one message; all are read. */
  readonly fields: number
  /** Signatures verified of one message; a chain of n hops is read n times over. */
  readonly signatures: number
  /** Levels of messages inside each other. */
  readonly nesting: number
}

export const DECODE_LIMITS: DecodeLimits = {
  size: 4 * 1024 * 1024,
  messages: 1000,
  fields: 10_000,
  signatures: 400,
  nesting: DEFAULT_NESTING,
}

/** Longer signed data is only counted. */
export const SIGNED_BYTES_SHOWN = 4096

/** Bytes shown from the first bad one on. */
export const BAD_BYTES_SHOWN = 16
