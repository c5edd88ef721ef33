/** The NeoFS epoch: a counter that only the network moves. Followed, computed from a clock, fixed or set by hand. */
export interface Epochs {
  current(): bigint
  /** Calls `listener` after every change with the new epoch; returns how to stop. */
  onChange(listener: (epoch: bigint) => void): () => void
  /** Milliseconds an epoch lasts, for what is announced to clients; undefined when nobody knows. */
  readonly length_ms: number | undefined
}
