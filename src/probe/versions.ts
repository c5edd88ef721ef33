import { type Finding, fault } from './finding.js'

/** What a meta header announces. */
export interface Version {
  readonly major: number
  readonly minor: number
}

function versionText({ major, minor }: Version): string {
  return `${major}.${minor}`
}

/** Nobody looks at it, but a client can surely write again only what its own version or an older one has (neofs-v2 §5.4). */
export function newerFaults(announced: Version | undefined, own: Version, reference: string): Finding[] {
  if (announced === undefined) return []
  const isNewer = announced.major > own.major || (announced.major === own.major && announced.minor > own.minor)
  if (!isNewer) return []
  return [fault(reference, `the answer announces ${versionText(announced)} to a client of ${versionText(own)}`)]
}
