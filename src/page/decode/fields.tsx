import type { FieldNode } from '../../admin/decode-json.js'

/** Fields as they stand on the wire, each message with its own inside. */
export function FieldTree({ fields }: { readonly fields: readonly FieldNode[] }) {
  return (
    <ul class="tree">
      {fields.map((field) => (
        <li key={`${field.offset} ${field.number}`}>
          <Field field={field} />
          {field.fields !== undefined && field.fields.length > 0 && <FieldTree fields={field.fields} />}
        </li>
      ))}
    </ul>
  )
}

function Field({ field }: { readonly field: FieldNode }) {
  const { name, number, type, value, text, hex, notes = [] } = field
  return (
    <>
      <strong>{name === '' ? 'unknown' : name}</strong> <span class="quiet">= {number}</span>{' '}
      <span class="quiet">{type}</span>
      {text !== undefined && <span class="field-value">{text}</span>}
      {value !== undefined && <span class="field-value">{String(value)}</span>}
      {hex !== undefined && <code class="field-value long">{hex === '' ? 'empty' : hex}</code>}
      {notes.length > 0 && <span class="quiet"> ({notes.join('; ')})</span>}
    </>
  )
}
