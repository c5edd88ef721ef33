import { useState } from 'preact/hooks'
import type { DecodedJson } from '../../admin/decode-json.js'
import { api } from '../api.js'
import { plural } from '../format.js'
import { Failed, Nothing } from '../parts/notice.js'
import { useAnswer } from '../use-answer.js'
import { Message } from './message.js'

/** Explains bytes that somebody pastes. */
export function Decode() {
  const [bytes, setBytes] = useState('')
  const [path, setPath] = useState('')
  const { answer: decoded, failure, ask } = useAnswer<DecodedJson>()
  const submit = (event: Event): void => {
    event.preventDefault()
    void ask(() => api.decode({ bytes, ...(path.trim() === '' ? {} : { path: path.trim() }) }))
  }
  return (
    <>
      <form class="panel" onSubmit={submit}>
        <label class="field">
          Bytes of a request, response or token: hex, base64 or base64url, with or without gRPC frames
          <textarea
            required
            rows={6}
            spellcheck={false}
            value={bytes}
            onInput={({ currentTarget }) => setBytes(currentTarget.value)}
          />
        </label>
        <div class="form-row">
          <label class="field grow">
            gRPC path, if known
            <input
              maxLength={256}
              spellcheck={false}
              placeholder="/session.Session/Create"
              value={path}
              onInput={({ currentTarget }) => setPath(currentTarget.value)}
            />
          </label>
          <button type="submit" class="main">
            Decode
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {failure !== undefined && <Failed what="The bytes could not be read" failure={failure} />}
        {decoded !== undefined && <p class="verdict">{verdictOf(decoded)}</p>}
      </div>
      {decoded === undefined && failure === undefined && (
        <Nothing>
          Paste what a client sent or was answered. It is explained here on the gateway; nothing is sent anywhere else.
        </Nothing>
      )}
      {decoded?.messages.map((message) => (
        <Message key={message.offset} message={message} />
      ))}
    </>
  )
}

function verdictOf({ decoded, input, messages, frameError }: DecodedJson): string {
  const what = `${plural(input.size, 'byte')} of ${input.form}${input.framed ? ' in gRPC frames' : ''}, ${plural(messages.length, 'message')}`
  if (frameError !== undefined) return `${what}; the frames end at byte ${frameError.offset}: ${frameError.reason}.`
  return decoded ? `${what}; all of it decodes.` : `${what}; not all of it decodes.`
}
