import type { BadByte, KeyExplanation, MessageExplanation, SignatureExplanation } from '../../admin/decode-json.js'
import { plural } from '../format.js'
import { Facts } from '../parts/facts.js'
import { Panel } from '../parts/panel.js'
import { Table } from '../parts/table.js'
import { FieldTree } from './fields.js'

/** One message: what it is and why, its fields, its signatures, its keys. */
export function Message({ message }: { readonly message: MessageExplanation }) {
  const { kind, reason, alternatives, size, fields, fieldsLeftOut, signatures, signaturesLeftOut, keys, error } =
    message
  return (
    <Panel title={kind?.type ?? 'No known message'} wide>
      <Facts
        isList
        facts={[
          [
            'What',
            kind === undefined
              ? 'fields by number alone'
              : `a ${kind.direction} of ${kind.generation}, dialect ${kind.dialect}`,
          ],
          ['Because', reason],
          ['Size', plural(size, 'byte')],
          ...(kind === undefined || kind.paths.length === 0
            ? []
            : [['On', <code key="on">{kind.paths.join(', ')}</code>] as const]),
          ...(alternatives.length === 0
            ? []
            : [['May also be', alternatives.map(({ type }) => type).join(', ')] as const]),
        ]}
      />
      {error !== undefined && <Bad error={error} />}
      <h3>Fields</h3>
      {fields.length === 0 ? <p class="nothing">None.</p> : <FieldTree fields={fields} />}
      {fieldsLeftOut > 0 && <p class="note">{plural(fieldsLeftOut, 'more field')} not shown.</p>}
      <Signatures signatures={signatures} leftOut={signaturesLeftOut} verdict={message.verdict} />
      <Keys keys={keys} />
    </Panel>
  )
}

function Bad({ error }: { readonly error: BadByte }) {
  const { offset, path, reason, expected, found } = error
  return (
    <p class="notice notice-bad">
      <strong>
        Byte {offset}
        {path !== '' && ` (${path})`}: {reason}.
      </strong>{' '}
      Expected {expected}; found <code>{found || 'the end'}</code>.
    </p>
  )
}

interface SignaturesProps {
  readonly signatures: readonly SignatureExplanation[]
  readonly leftOut: number
  readonly verdict: MessageExplanation['verdict']
}

function Signatures({ signatures, leftOut, verdict }: SignaturesProps) {
  if (signatures.length === 0) return null
  return (
    <>
      <h3>Signatures</h3>
      <Table
        caption="Signatures"
        columns={[
          { name: 'Where', isHead: true, cell: ({ place }) => <code>{place}</code> },
          { name: 'Valid', cell: (signature) => <Validity signature={signature} /> },
          { name: 'Covers', cell: ({ covers, signedSize }) => `${covers}, ${plural(signedSize, 'byte')}` },
          { name: 'Scheme', cell: ({ scheme, schemeName }) => `${scheme}, ${schemeName}` },
          {
            name: 'Signer',
            cell: ({ signer }) => (signer === undefined ? '–' : <code class="long">{signer.key}</code>),
          },
        ]}
        rows={signatures}
        keyOf={({ kind, place, index }) => [kind, place, index].join('\n')}
      />
      {leftOut > 0 && <p class="note">{plural(leftOut, 'more signature')} not looked at.</p>}
      {verdict !== undefined && (
        <p>
          All together ({verdict.rule}):{' '}
          <strong class={verdict.valid ? 'good' : 'bad'}>{verdict.valid ? 'accepted' : 'not accepted'}</strong>
          {verdict.reason !== undefined && `: ${verdict.reason}`}
        </p>
      )}
    </>
  )
}

function Validity({ signature }: { readonly signature: SignatureExplanation }) {
  const { valid, form, reason, checked } = signature
  const why = [form ?? reason ?? '', checked ? '' : 'servers of this version do not look at it']
  return (
    <>
      <strong class={valid ? 'good' : 'bad'}>{valid ? 'valid' : 'not valid'}</strong>{' '}
      {why.filter((text) => text !== '').join('; ')}
    </>
  )
}

function Keys({ keys }: { readonly keys: readonly KeyExplanation[] }) {
  if (keys.length === 0) return null
  return (
    <>
      <h3>Public keys</h3>
      <Table
        caption="Public keys"
        columns={[
          { name: 'Key', isHead: true, cell: ({ key }) => <code class="long">{key}</code> },
          { name: 'In', cell: ({ places }) => places.join(', ') },
          { name: 'Owner ids', cell: (key) => <OwnerIds of={key} /> },
        ]}
        rows={keys}
        keyOf={({ key }) => key}
      />
    </>
  )
}

function OwnerIds({ of: { valid, reason, ownerIds } }: { readonly of: KeyExplanation }) {
  if (!valid) return <span class="bad">not valid{reason !== undefined && `: ${reason}`}</span>
  return (
    <ul class="plain">
      {ownerIds.map(({ derivation, text }) => (
        <li key={derivation}>
          <code>{text}</code> <span class="quiet">{derivation}</span>
        </li>
      ))}
    </ul>
  )
}
