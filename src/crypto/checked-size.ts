/** A named size that a caller may set: a whole number from `least`, or a RangeError that names it. */
export function checkedSize(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`${name} is ${value}; it takes a whole number from ${least}`)
}
