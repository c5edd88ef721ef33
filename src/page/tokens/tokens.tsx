import type { TokenQuestionJson, TokenReportJson } from '../../admin/token-json.js'
import { api } from '../api.js'
import { Failed, Nothing } from '../parts/notice.js'
import { useAnswer } from '../use-answer.js'
import { Report } from './report.js'

const FIELDS = [
  ['epoch', 'At epoch', "the gateway's own"],
  ['time', 'At time (RFC 3339, or now)', 'now'],
  ['verb', 'For the verb', 'put'],
  ['container', 'In the container', ''],
  ['owner', 'Asked by the owner', ''],
  ['key', 'Asked with the key', ''],
] as const

/** Checks a session token that somebody pastes. */
export function Tokens() {
  const { answer: report, failure, ask } = useAnswer<TokenReportJson>()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!(event.currentTarget instanceof HTMLFormElement)) return
    const question = questionOf(new FormData(event.currentTarget))
    void ask(() => api.checkToken(question))
  }
  return (
    <>
      <form class="panel" onSubmit={submit}>
        <label class="field">
          A session token of any year: hex, base64 or base64url
          <textarea name="token" required rows={6} spellcheck={false} />
        </label>
        <details>
          <summary>The request that it comes with</summary>
          <div class="form-row">
            {FIELDS.map(([name, label, placeholder]) => (
              <label key={name} class="field">
                {label}
                <input name={name} maxLength={256} spellcheck={false} placeholder={placeholder} />
              </label>
            ))}
          </div>
          <label class="check">
            <input type="checkbox" name="strict" /> As strictly as any server: also rules that genuine nodes skip
          </label>
        </details>
        <div class="buttons">
          <button type="submit" class="main">
            Check
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {failure !== undefined && <Failed what="The token could not be checked" failure={failure} />}
        {report !== undefined && (
          <p class="verdict">
            {report.kind ?? 'No known token'}:{' '}
            <strong class={report.valid ? 'good' : 'bad'}>{report.valid ? 'valid' : 'not valid'}</strong>
            {report.failed.length > 0 && `, because of ${report.failed.join(', ')}`}
          </p>
        )}
      </div>
      {report === undefined && failure === undefined && (
        <Nothing>
          Paste a session token. It is checked rule by rule, also against the sessions of this gateway, and kept
          nowhere.
        </Nothing>
      )}
      {report !== undefined && <Report report={report} />}
    </>
  )
}

function questionOf(form: FormData): TokenQuestionJson {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const given = FIELDS.map(([name]) => [name, text(name)] as const).filter(([, value]) => value !== '')
  return { token: text('token'), ...Object.fromEntries(given), ...(form.has('strict') ? { strict: true } : {}) }
}
