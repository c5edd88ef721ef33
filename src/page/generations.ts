/** In the order of their years. Another name, of a newer gateway, comes after them. */
const GENERATIONS = ['v1-legacy', 'v1', 'v2', 'atomix']

const WORDS: Readonly<Record<string, string>> = {
  'v1-legacy': 'NeoFS 2019 – May 2020, streaming',
  v1: 'NeoFS May – August 2020, unary',
  v2: 'NeoFS since August 2020',
  atomix: 'Atomix',
}

export function describeGeneration(name: string): string {
  return WORDS[name] ?? name
}

export function byGeneration(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b)
}

function rank(name: string): number {
  const at = GENERATIONS.indexOf(name)
  return at === -1 ? GENERATIONS.length : at
}

/** All known ones and those that `names` adds. */
export function generationsWith(names: Iterable<string>): string[] {
  return [...new Set([...GENERATIONS, ...names])].sort(byGeneration)
}

/** For a class of the style sheet; unknown ones share one. */
export function generationClass(name: string): string {
  return GENERATIONS.includes(name) ? `generation-${name}` : 'generation-other'
}
