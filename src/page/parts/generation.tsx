import { describeGeneration, generationClass } from '../generations.js'

/** The name of a generation with the line that it has in the charts. */
export function Generation({ name }: { readonly name: string }) {
  return (
    <span class={`generation ${generationClass(name)}`} title={describeGeneration(name)}>
      <svg class="key" viewBox="0 0 18 4" aria-hidden="true">
        <line x1="0" y1="2" x2="18" y2="2" />
      </svg>
      {name}
    </span>
  )
}
