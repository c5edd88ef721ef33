const KINDS: Readonly<Record<string, string>> = {
  open: 'good',
  'not begun': 'warn',
  overdue: 'warn',
  expired: 'off',
  closed: 'off',
}

export function StateBadge({ state }: { readonly state: string }) {
  return <span class={`state state-${KINDS[state] ?? 'off'}`}>{state}</span>
}
