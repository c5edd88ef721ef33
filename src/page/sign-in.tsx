import { useState } from 'preact/hooks'
import type { Failure } from './api.js'
import { Dialog } from './parts/dialog.js'
import { Failed } from './parts/notice.js'
import type { SignInState } from './use-sign-in.js'

/** Trades a token for a cookie that no script can read. The token is kept nowhere. */
export function SignIn({ signIn }: { readonly signIn: SignInState }) {
  return (
    <Dialog title="Sign in" isOpen={signIn.isOpen} onClose={signIn.dismiss}>
      <SignInForm signIn={signIn} />
    </Dialog>
  )
}

function SignInForm({ signIn }: { readonly signIn: SignInState }) {
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState<Failure>()
  const submit = async (event: Event) => {
    event.preventDefault()
    setFailure(await signIn.signIn(token.trim()))
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p>
        {signIn.isNeeded
          ? 'This gateway is reached over the network, so it shows nothing without a token.'
          : 'Reading is open here. Closing and renewing sessions takes a token.'}
      </p>
      <label class="field">
        Token
        <input
          type="password"
          autocomplete="current-password"
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>
      <p class="note">
        One of <code>admin.tokens</code>. The role read shows everything; operate also closes and renews sessions.
      </p>
      {failure !== undefined && <Failed what="Not signed in" failure={failure} />}
      <div class="buttons">
        <button type="submit" class="main">
          Sign in
        </button>
        <button type="button" onClick={signIn.dismiss}>
          Cancel
        </button>
      </div>
    </form>
  )
}
