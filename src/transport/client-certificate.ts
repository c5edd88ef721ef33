import type { PeerCertificate } from 'node:tls'
import type { ClientCertificate } from './transport.js'

/** Alternative names as Node lists them: `DNS:a.example, URI:"spiffe://x, y"`; what could be mistaken is quoted. */
const ALTERNATIVE_NAME = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy

/** What a client's certificate says of who it is. */
export function clientCertificateOf({
  subject,
  subjectaltname = '',
  fingerprint256,
}: Pick<PeerCertificate, 'subject' | 'subjectaltname' | 'fingerprint256'>): ClientCertificate {
  const commonNames = [subject.CN ?? []].flat()
  return { names: [...commonNames, ...alternativeNames(subjectaltname)], fingerprint: fingerprint256 }
}

/** Those that name a machine or a service. What is quoted is none that anybody would ask for. */
function alternativeNames(text: string): string[] {
  return [...text.matchAll(ALTERNATIVE_NAME)].flatMap(([, kind, name = '']) =>
    (kind === 'DNS' || kind === 'URI') && !name.startsWith('"') ? [name] : [],
  )
}
