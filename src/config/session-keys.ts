import { choice, count, endpoint, list, path, section } from './kinds.js'

/** More backends than anybody has. */
const CERTIFICATE_NAMES_MAX = 256

/** The part of the schema for backends that use the keys of sessions. */
export const keysSection = section(
  '`sessiongateway.v1.SessionKeys`, the gRPC service by which backends find sessions and sign with their keys, on a listener of ' +
    'its own ([backends.md](backends.md)). Callers need a token of `admin.tokens` with the role `sign`, or a client certificate.',
  {
    listen: endpoint(
      'off',
      'Where it is served: a unix socket, an address, or `off`. An address that others can reach takes `keys.tls.cert` and `keys.tls.key`.',
    ),
    socketMode: choice(
      ['owner', 'group', 'everyone'],
      'owner',
      'Who may connect to the unix socket: the user of the gateway (0600), its group, too (0660), or everybody (0666). A token or a ' +
        'certificate is needed all the same.',
    ),
    tls: section('As `tls` has it, for this listener alone. SIGHUP reads the files again.', {
      cert: path('The certificate chain, in PEM form. Needs `keys.tls.key`.'),
      key: path('The private key of the certificate, in PEM form without a passphrase. Needs `keys.tls.cert`.'),
      clientCa: path('Callers have to show a certificate signed by one of these, in PEM form, and then need no token.'),
      clientNames: list(
        'names',
        'Which of those certificates may use it: those with one of these as common name, DNS name or URI. By default all of them.',
        CERTIFICATE_NAMES_MAX,
      ),
    }),
    limits: section('Bounds of this listener of its own; of connections and messages it has those of `limits`.', {
      refusalsPerSecond: count(
        10,
        'Refusals that are written to the audit log each second, and so many at once: of one address, and apart from those of each token ' +
          'or certificate that is known. What is beyond is answered all the same and counted: each line is a write, and anybody who can ' +
          'connect can be refused.',
        { from: 1, to: 10_000 },
      ),
    }),
  },
)
