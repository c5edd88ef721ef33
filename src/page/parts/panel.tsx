import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface PanelProps {
  readonly title: string
  readonly note?: string
  readonly wide?: boolean
  readonly children: ComponentChildren
}

/** A named part of a view. */
export function Panel({ title, note, wide = false, children }: PanelProps) {
  const id = useId()
  return (
    <section class={wide ? 'panel panel-wide' : 'panel'} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  )
}
