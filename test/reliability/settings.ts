/**
 * Configurations of gateways under test. What is kept on purpose, up to a limit, is kept small, so that a warm-up fills it
 * and memory that still grows afterwards is a leak; what waits for clients waits briefly, so that a run sees the end of it.
 */
export const SMALL_MEMORY: Readonly<Record<string, string>> = {
  'sessions.history': '1s',
  'limits.tombstones': '1000',
  'limits.clients': '500',
  'limits.partitions': '1000',
  'limits.verifiedSignatures': '1000',
  'limits.publicKeys': '1000',
}

export const SHORT_PATIENCE: Readonly<Record<string, string>> = {
  'adapters.v1Legacy.handshakeTimeout': '5s',
  'limits.requestTimeout': '5s',
  // A busy machine may well keep a good client from answering for a second or two.
  'limits.keepaliveInterval': '3s',
  'limits.keepaliveTimeout': '7s',
}

/** All clients of a run have one address and few owners: what one of them may take is not what the run is about. */
export const MANY_CLIENTS: Readonly<Record<string, string>> = {
  'limits.keyRecoveries': '10000',
  'limits.connectionsPerAddress': '10000',
  'limits.handshakesPerConnection': '1000',
  'limits.createsPerAddress': '1000000',
  'limits.createsPerOwner': '1000000',
}

/** Sessions of NeoFS end when a run says so, by `AdminClient.setEpoch`. */
export const FIRST_EPOCH = 10n
export const MANUAL_EPOCH = ['--epoch', `manual:${FIRST_EPOCH}`] as const
