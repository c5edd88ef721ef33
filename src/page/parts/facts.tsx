import type { ComponentChildren } from 'preact'

export type Fact = readonly [name: string, value: ComponentChildren]

interface FactsProps {
  readonly facts: readonly Fact[]
  /** One below the other, for long values. */
  readonly isList?: boolean
}

/** Names and values. */
export function Facts({ facts, isList = false }: FactsProps) {
  return (
    <dl class={isList ? 'facts facts-list' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
