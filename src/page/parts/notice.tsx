import type { ComponentChildren } from 'preact'
import type { Failure } from '../api.js'

/** Says what failed and what to do; read aloud when it appears. */
export function Failed({ what, failure }: { readonly what: string; readonly failure: Failure }) {
  const advice = ADVICE[failure.code]
  return (
    <p class="notice notice-bad" role="alert">
      <strong>{what}.</strong> {failure.detail} {advice}
    </p>
  )
}

const ADVICE: Readonly<Record<string, string>> = {
  unauthorized: 'Sign in with a token of admin.tokens.',
  forbidden: 'Sign in with a token that has that role.',
}

/** There is nothing to show, and why that may be. */
export function Nothing({ children }: { readonly children: ComponentChildren }) {
  return <p class="nothing">{children}</p>
}

export function Loading({ what }: { readonly what: string }) {
  return <p class="nothing">Asking for {what} …</p>
}
