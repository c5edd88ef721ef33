/** The last number of each width that the wire has. */
export const UINT32_MAX = 2 ** 32 - 1
export const INT64_MAX = 2n ** 63n - 1n
export const UINT64_MAX = 2n ** 64n - 1n
