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
}

export function useSignIn(): SignInState {
  const [caller, setCaller] = useState<Caller>()
  const [isNeeded, setNeeded] = useState(false)
  const [dialog, setDialog] = useState<{ readonly isOpen: boolean; readonly reason?: string | undefined }>({
    isOpen: false,
  })
  const [round, setRound] = useState(0)

  const refresh = useCallback(async () => {
    try {
      const { needed, name, roles } = await api.login()
      setNeeded(needed)
      setCaller(name === undefined ? undefined : { name, roles })
    } catch {
      setCaller(undefined)
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
      setDialog({ isOpen: false })
      setRound((last) => last + 1)
      return undefined
    },
    [refresh],
  )
  const signOut = useCallback(async () => {
    try {
      await api.signOut()
    } finally {
      await refresh()
      setRound((last) => last + 1)
    }
  }, [refresh])

  return useMemo(
    () => ({ caller, isNeeded, ...dialog, reason: dialog.reason, round, open, dismiss, signIn, signOut }),
    [caller, isNeeded, dialog, round, open, dismiss, signIn, signOut],
  )
}
