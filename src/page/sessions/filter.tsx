import { useState } from 'preact/hooks'
import { generationsWith } from '../generations.js'
import { FILTERS, type Filter, linkTo } from '../route.js'

/** Goes to one session by any of its names. */
export function FindForm() {
  const [id, setId] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    location.hash = linkTo({ view: 'session', id: id.trim() })
  }
  return (
    <search class="form-row" aria-label="One session">
      <form class="form-row" onSubmit={submit}>
        <label class="field grow">
          Find one by UUID, 32 hex digits, or PARTITION:NUMBER
          <input
            required
            spellcheck={false}
            maxLength={64}
            value={id}
            onInput={({ currentTarget }) => setId(currentTarget.value)}
          />
        </label>
        <button type="submit">Find</button>
      </form>
    </search>
  )
}

/** What is chosen stands in the address, so a list can be sent to somebody. */
export function FilterForm({ filter }: { readonly filter: Filter }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const given = new FormData(event.currentTarget)
    location.hash = linkTo({
      view: 'sessions',
      filter: Object.fromEntries(FILTERS.map((name) => [name, String(given.get(name) ?? '').trim()])),
    })
  }
  // On a phone the fields would take the whole screen.
  const isShown = Object.keys(filter).length > 0 || matchMedia('(min-width: 761px)').matches
  return (
    <details class="filter" open={isShown}>
      <summary>Filter</summary>
      {/* Uncontrolled fields: another filter makes another form. */}
      <form key={linkTo({ view: 'sessions', filter })} class="form-row" aria-label="Filter" onSubmit={submit}>
        <Choice name="state" label="State" options={['open', 'closed', 'expired']} filter={filter} />
        <Choice name="generation" label="Generation" options={generationsWith([])} filter={filter} />
        <Text name="dialect" label="Dialect" filter={filter} size={6} />
        <Text name="owner" label="Owner (base58 or hex)" filter={filter} size={24} />
        <Text name="account" label="Account of the session key" filter={filter} size={24} />
        <button type="submit">Filter</button>
        <a class="button" href={linkTo({ view: 'sessions', filter: {} })}>
          All
        </a>
      </form>
    </details>
  )
}

interface FieldProps {
  readonly name: keyof Filter
  readonly label: string
  readonly filter: Filter
}

function Choice({ name, label, options, filter }: FieldProps & { readonly options: readonly string[] }) {
  return (
    <label class="field">
      {label}
      <select name={name} defaultValue={filter[name] ?? ''}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option} value={option} selected={filter[name] === option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  )
}

function Text({ name, label, filter, size }: FieldProps & { readonly size: number }) {
  return (
    <label class="field">
      {label}
      <input name={name} defaultValue={filter[name] ?? ''} size={size} maxLength={128} spellcheck={false} />
    </label>
  )
}
