import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { api, type Failure, failureOf, watchRefusals } from './api.js'

/** Who somebody signed in as. */
export interface Caller {
  /** Of the token; never its text. */
  readonly name: string
  readonly roles: readonly string[]
}

export interface SignInState {
  /** Undefined while nobody signed in. */
  readonly caller: Caller | undefined
  /** Whether reading takes a login, too. */
  readonly isNeeded: boolean
  /** Whether the dialog is to be shown. */
  readonly isOpen: boolean
  /** Why it was opened, where that was not asked for. */
  readonly reason: string | undefined
  /** Another number for each login and logout. */
  readonly round: number
  open(reason?: string): void
  dismiss(): void
  /** Trades the token for a cookie. Says why that failed. */
  signIn(token: string): Promise<Failure | undefined>
  signOut(): Promise<void>
  /** Why the last sign-out failed; undefined if it did not. */
  readonly signOutFailure: Failure | undefined
}

export function useSignIn(): SignInState {
  const [caller, setCaller] = useState<Caller>()
  const [isNeeded, setNeeded] = useState(false)
  const [dialog, setDialog] = useState<{ readonly isOpen: boolean; readonly reason?: string | undefined }>({
    isOpen: false,
  })
  const [round, setRound] = useState(0)
  const [signOutFailure, setSignOutFailure] = useState<Failure>()

  const refresh = useCallback(async () => {
    try {
      const { needed, name, roles } = await api.login()
      setNeeded(needed)
      setCaller(name === undefined ? undefined : { name, roles })
    } catch {
      // A gateway that does not answer has not said that the login is over.
    }
  }, [])
  useEffect(() => {
    void refresh()
    watchRefusals(({ code, detail }) => {
      if (code === 'unauthorized') setCaller(undefined)
      setDialog((shown) => (shown.isOpen || shown.reason === detail ? shown : { isOpen: true, reason: detail }))
    })
  }, [refresh])

  const open = useCallback((reason?: string) => setDialog({ isOpen: true, reason }), [])
  // The reason stays, so that what is asked for again and again does not open it again and again.
  const dismiss = useCallback(() => setDialog(({ reason }) => ({ isOpen: false, reason })), [])
  const signIn = useCallback(
    async (token: string) => {
      try {
        await api.signIn(token)
      } catch (error) {
        return failureOf(error)
      }
      await refresh()
      setSignOutFailure(undefined)
      setDialog({ isOpen: false })
      setRound((last) => last + 1)
      return undefined
    },
    [refresh],
  )
  const signOut = useCallback(async () => {
    try {
      await api.signOut()
      setCaller(undefined)
      setSignOutFailure(undefined)
      setRound((last) => last + 1)
    } catch (error) {
      setSignOutFailure(failureOf(error))
    }
    await refresh()
  }, [refresh])

  return useMemo(
    () => ({
      caller,
      isNeeded,
      ...dialog,
      reason: dialog.reason,
      round,
      open,
      dismiss,
      signIn,
      signOut,
      signOutFailure,
    }),
    [caller, isNeeded, dialog, round, open, dismiss, signIn, signOut, signOutFailure],
  )
}
