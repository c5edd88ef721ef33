interface Origin {
  readonly generation: string
  readonly dialect: string
  /** As announced or inferred, or ''. */
  readonly version: string
}

/** Version and dialect of a client, each where it says more than the other. */
export function versionOf({ generation, dialect, version }: Origin): string {
  if (version === '') return dialect === generation ? 'none announced' : dialect
  return dialect === generation || version.startsWith(dialect) ? version : `${dialect} ${version}`
}
