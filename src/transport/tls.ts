import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { TlsConfig } from './transport.js'

/**
 * Refuses TLS material that cannot work, before a listener opens: the TLS library would take a wrong client authority
 * silently and then refuse every client.
 * @throws Error that names the part of the configuration.
 */
export function checkTls(tls: TlsConfig): void {
  const certificate = certificateOf('tls.certificate', tls.certificate)
  let key: KeyObject
  try {
    key = createPrivateKey(Buffer.from(tls.privateKey))
  } catch (cause) {
    throw new Error('tls.privateKey is not a private key in PEM form without a passphrase', { cause })
  }
  if (!certificate.checkPrivateKey(key)) throw new Error('tls.privateKey does not belong to tls.certificate')
  if (tls.clientAuthority !== undefined) certificateOf('tls.clientAuthority', tls.clientAuthority)
}

function certificateOf(name: string, pem: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new Error(`${name} is not an X.509 certificate in PEM form`, { cause })
  }
}
