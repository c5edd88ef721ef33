/** The candidate that looks most like `name`; case does not count. Undefined only if there are no candidates. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestScore = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const score = unlikeness(name.toLowerCase(), candidate.toLowerCase())
    if (score < bestScore) {
      best = candidate
      bestScore = score
    }
  }
  return best
}

/** A path whose last part is right or nearly so was probably only put in the wrong place. */
function unlikeness(name: string, candidate: string): number {
  const whole = distance(name, candidate)
  const last = distance(lastPart(name), lastPart(candidate))
  return Math.min(whole, last + 1 + whole / 100)
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** Levenshtein distance. Both names are cut to 100 characters: they are names, not texts. */
export function distance(left: string, right: string): number {
  const a = left.slice(0, 100)
  const b = right.slice(0, 100)
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}
