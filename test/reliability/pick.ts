import type { SeededRandom } from '../support/seeded-random.js'

/** One of some things. */
export function pick<T>(random: SeededRandom, things: readonly T[]): T {
  const thing = things[random.below(things.length)]
  if (thing === undefined) throw new RangeError('nothing to pick from')
  return thing
}

/** One of some things, each as often as its weight says. */
export function pickWeighted<T>(random: SeededRandom, things: readonly (readonly [weight: number, thing: T])[]): T {
  let at = random.below(things.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, thing] of things) {
    if (at < weight) return thing
    at -= weight
  }
  throw new RangeError('nothing to pick from')
}
