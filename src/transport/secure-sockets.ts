import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { checkTls } from './tls.js'
import type { TlsConfig, TransportOptions } from './transport.js'

/** How HTTP/2 is asked for in the TLS handshake. */
const ALPN = 'h2'

/**
 * Takes accepted sockets through TLS 1.2 or later and hands on those that speak HTTP/2; all others are closed. Listens to
 * nothing by itself and is known to nobody else: a transport that is given other certificates makes another one, and this one
 * goes with the last handshake that it has under way.
 * @throws Error for TLS material that cannot work.
 */
export function secureSockets(
  tls: TlsConfig,
  accept: (socket: TLSSocket) => void,
  { limits, onLimit }: Pick<TransportOptions, 'limits' | 'onLimit'>,
): (socket: Socket) => void {
  checkTls(tls)
  const server = createServer({
    cert: Buffer.from(tls.certificate),
    key: Buffer.from(tls.privateKey),
    ...(tls.clientAuthority === undefined
      ? {}
      : { ca: Buffer.from(tls.clientAuthority), requestCert: true, rejectUnauthorized: true }),
    // Said here, because an environment variable or a flag of Node would lower it.
    minVersion: 'TLSv1.2',
    ALPNProtocols: [ALPN],
    handshakeTimeout: limits.tlsTimeout_ms,
  })
  server.on('secureConnection', (socket) => {
    // Whoever asks for HTTP/1.1 alone is refused in the handshake; whoever asks for nothing comes here.
    if (socket.alpnProtocol === ALPN) accept(socket)
    else socket.destroy()
  })
  server.on('tlsClientError', (error, socket) => {
    if ('code' in error && error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') onLimit('limits.tlsTimeout')
    socket.destroy()
  })
  return (socket) => server.emit('connection', socket)
}
