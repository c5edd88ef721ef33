import { useState } from 'preact/hooks'
import type { SessionJson } from '../../admin/session-json.js'
import { api, type Failure, failureOf } from '../api.js'
import { Dialog } from '../parts/dialog.js'
import { Failed } from '../parts/notice.js'
import { Panel } from '../parts/panel.js'
import type { SignInState } from '../use-sign-in.js'

interface ActionsProps {
  readonly id: string
  readonly session: SessionJson
  readonly signIn: SignInState
  readonly onDone: () => void
}

/** What an operator can do to a session. */
export function Actions({ id, session, signIn, onDone }: ActionsProps) {
  const [said, setSaid] = useState('')
  const [failure, setFailure] = useState<Failure>()
  const [isAsked, setIsAsked] = useState(false)
  const isOpen = session.state === 'open'
  const canOperate = signIn.caller?.roles.includes('operate') === true

  const run = async (action: () => Promise<unknown>, done: string) => {
    setIsAsked(false)
    setFailure(undefined)
    setSaid('')
    try {
      await action()
      setSaid(done)
    } catch (error) {
      setFailure(failureOf(error))
    }
    onDone()
  }

  return (
    <Panel title="Actions" wide>
      {!isOpen && <p class="note">It has ended; nothing can be done to it any more.</p>}
      {isOpen && !canOperate && (
        <p class="note">
          They take a token with the role operate:{' '}
          <button type="button" onClick={() => signIn.open()}>
            Sign in
          </button>
        </p>
      )}
      <div class="buttons">
        {session.lifetime.kind === 'timeout' && (
          <button
            type="button"
            disabled={!isOpen || !canOperate}
            onClick={() => void run(() => api.renew(id), 'Renewed.')}
          >
            Renew
          </button>
        )}
        <button type="button" class="danger" disabled={!isOpen || !canOperate} onClick={() => setIsAsked(true)}>
          Close …
        </button>
      </div>
      <p role="status">{said}</p>
      {failure !== undefined && <Failed what="That was not done" failure={failure} />}
      <Dialog title="Close this session?" isOpen={isAsked} onClose={() => setIsAsked(false)}>
        <p>Its client is not told: its next call on the session fails. This can't be undone.</p>
        <div class="buttons">
          <button type="button" class="danger" onClick={() => void run(() => api.close(id), 'Closed.')}>
            Close the session
          </button>
          <button type="button" onClick={() => setIsAsked(false)}>
            Leave it open
          </button>
        </div>
      </Dialog>
    </Panel>
  )
}
