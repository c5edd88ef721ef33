import { DEFAULT_SESSION_LIMITS as CORE } from '../core/limits.js'
import { DEFAULT_VERIFIER_LIMITS as VERIFIER } from '../crypto/limits.js'
import { choice, count, duration, optionalCount, optionalDuration, section, size } from './kinds.js'
import { durationText } from './units.js'

const LIMITS =
  'Everything that could grow without end has a limit. Each hit that the gateway sees, and by which somebody is refused or something ' +
  'forgotten before its time, is counted in the metric `session_gateway_limits_hit_total`. How long the right to sweep a store outlives ' +
  `a process that vanished (${durationText(CORE.lease_ms)}) is fixed: reads see what is over as over meanwhile.`

const MILLION = 1_000_000

/** The part of the schema that keeps everything from growing without end. */
export const limitsSection = section(LIMITS, {
  messageSize: size(
    '128KiB',
    'The biggest message that is read. Session messages have about a kilobyte; the rest is room for tokens that travel with them, and small enough that no message holds up the others.',
    { from: '1KiB', to: '1GiB' },
  ),
  connections: count(10_000, 'Connections open at once; further ones are closed as soon as they are accepted.', {
    from: 1,
    to: MILLION,
  }),
  connectionsPerAddress: optionalCount(
    'Connections of one address (an IPv4 address, or the first 64 bits of an IPv6 address; all clients of unix sockets count as ' +
      'one), so that nobody shuts out everybody. By default half of `limits.connections`: a proxy or a NAT has many clients behind ' +
      'one address, and the other half is left to others.',
    { from: 1, to: MILLION },
  ),
  connectionIdle: duration(
    '30m',
    'How long a connection may be without a call before it is told to go away. Clients connect again when they have something to ' +
      'say; those that call every few minutes keep their connection, and those that were forgotten give back their place.',
    { from: '100ms' },
  ),
  connectionAge: optionalDuration(
    'How old a connection may get before it is told to go away, up to a tenth less; calls in flight have five minutes to finish. ' +
      'For load balancers that only ever place new connections. By default as old as it likes.',
    { from: '1s' },
  ),
  tlsTimeout: duration(
    '10s',
    'How long a client may take to agree on TLS: a few round trips on the slowest of lines. Until then it has a connection and ' +
      'nothing that could show it to be alive.',
    { from: '100ms', to: '2m' },
  ),
  requestTimeout: duration(
    '30s',
    'How long the message of a unary call may take to arrive; a slower call is reset. Handshakes have `adapters.v1Legacy.handshakeTimeout`.',
    { from: '100ms' },
  ),
  concurrentStreams: count(
    1000,
    'Calls in flight on one connection; further ones wait in the client. Old streaming clients hold one call per handshake, so the usual 100 would be too few. Node enforces it without telling, so hits are not counted.',
    { from: 1, to: 2 ** 31 - 1 },
  ),
  headerSize: size(
    '16KiB',
    'All headers of a call together: twice what the gRPC specification asks every server to accept. Node enforces it without telling, so hits are not counted.',
    {
      from: '1KiB',
      to: '1MiB',
    },
  ),
  keepaliveInterval: duration(
    '2m',
    'How often a connection is asked for a sign of life. Shorter than the few minutes after which firewalls and load balancers forget a silent connection.',
    { from: '1s' },
  ),
  keepaliveTimeout: duration('20s', 'How long the sign of life may take before the connection is closed.', {
    from: '100ms',
  }),
  sessions: count(
    CORE.sessions,
    'Open sessions in all; further ones are refused. In the memory store each takes memory of the process.',
    { from: 1, to: 100 * MILLION },
  ),
  sessionsPerGeneration: optionalCount(
    'Open sessions of one generation, so that the clients of one, whoever they are, leave room to the others. By default nine ' +
      'tenths of `limits.sessions` where more than one generation is served.',
    { from: 1, to: 100 * MILLION },
  ),
  sessionsPerOwner: count(
    CORE.sessionsPerOwner,
    'Open sessions of one NeoFS owner, so that one owner cannot use up all. A handshake counts from when its owner has signed.',
    {
      from: 1,
      to: 100 * MILLION,
    },
  ),
  onOwnerLimit: choice(
    ['refuse', 'evictOldest'],
    CORE.onOwnerLimit,
    'What becomes of an owner who has `limits.sessionsPerOwner` sessions and opens one more. `refuse`: it is refused. ' +
      '`evictOldest`: its oldest session is closed for it (`limit` is what its tombstone says); needs `ownerCheck: on` wherever ' +
      'there are owners, else anybody could close the sessions of anybody, and TLS where a stranger could read a request and send ' +
      'it again.',
  ),
  createsPerAddress: count(
    CORE.createsPerAddress,
    'Sessions opened and handshakes begun in a second by those of one address (as `limits.connectionsPerAddress` has it), and so ' +
      'many at once. More than a bridge, a proxy or a test run needs; a loop without a pause comes to it.',
    { from: 1, to: MILLION },
  ),
  createsPerOwner: count(
    CORE.createsPerOwner,
    'Sessions opened in a second, and at once, for one NeoFS owner; a handshake counts when its owner has signed. More than a ' +
      'client program needs. Where owners are not checked, a stranger can use it up.',
    { from: 1, to: MILLION },
  ),
  pendingHandshakes: count(
    CORE.pendingHandshakes,
    'Handshakes under way. Each holds a key pair and an open call until it is confirmed or times out.',
    { from: 1, to: 10 * MILLION },
  ),
  handshakesPerConnection: count(
    500,
    'Of those, handshakes of one connection, so that it takes several to use up all. Clients have one or a few under way.',
    { from: 1, to: 10 * MILLION },
  ),
  handshakeSize: size(
    '8KiB',
    'A message of a streaming handshake. The first is kept until the second comes, so this and `pendingHandshakes` bound what handshakes under way take of memory. Room for 400 object ids; clients send one.',
    { from: '1KiB', to: '4MiB' },
  ),
  keyRecoveries: count(
    20,
    'Owner keys recovered from signatures in a second, where a streaming client (A0, or A1 and B without header signatures) ' +
      'carries its key nowhere; further handshakes are refused. Each holds up everybody for 5 to 10 ms.',
    { from: 1, to: 10_000 },
  ),
  originChain: count(8, 'Hops in the origin chain of a request: each costs up to three signature checks.', {
    from: 1,
    to: 64,
  }),
  signatureChain: count(8, 'Signatures in the list of a v1-era request: each is checked. Clients send one.', {
    from: 1,
    to: 64,
  }),
  tokenObjects: count(
    400,
    'Objects that the tokens of one request name, of all hops together: those of handshakes, and those that travel with the calls ' +
      'of NeoFS v2. As many as a handshake of `limits.handshakeSize` has room for; clients name one.',
    { from: 1, to: MILLION },
  ),
  tokenKeys: count(
    256,
    'Public keys and accounts that the tokens of one request name, in the same way. An owner has at most 16; the rest is room for ' +
      'access rules that travel with calls.',
    { from: 1, to: MILLION },
  ),
  nesting: count(
    256,
    'Messages inside each other: decoding goes as deep. Protobuf libraries allow 100 or more, and nobody needs as many. A deeper one is malformed, and counted as that.',
    {
      from: 32,
      to: 1000,
    },
  ),
  tombstones: count(
    CORE.tombstones,
    'Ended sessions that are remembered; the oldest go first, also before `sessions.history` is over. On disk they go some time ' +
      'after the ends that are too many: when very many end at once, up to about ten times as many are there for a while.',
    { from: 0, to: 100 * MILLION },
  ),
  partitions: count(
    CORE.partitions,
    'Atomix partitions whose last session number is remembered one by one, of the 2^32 that clients may name; one that makes room ' +
      'goes on behind the highest number of those that did. About 100 bytes each in memory.',
    { from: 1, to: 10 * MILLION },
  ),
  eventQueue: count(CORE.eventQueue, 'Session events that wait for one slow subscriber before it misses some.', {
    from: 1,
    to: MILLION,
  }),
  expiryTick: duration(
    durationText(CORE.expiryTick_ms),
    'How often sessions that are over are reclaimed. Callers see a session as expired at its deadline whatever this says.',
    { from: '10ms', to: '1m' },
  ),
  expiryBatch: count(
    CORE.expiryBatch,
    'Sessions reclaimed in one slice of work, so that calls in between do not wait for it.',
    {
      from: 1,
      to: 100_000,
    },
  ),
  stall: duration(
    durationText(CORE.stall_ms),
    'A standstill of the process that is longer than this is given back to sessions that could not be renewed meanwhile.',
    { from: '10ms', to: '1h' },
  ),
  clients: count(10_000, 'Rows in the statistics of clients; the one seen longest ago goes first.', {
    from: 1,
    to: MILLION,
  }),
  verifiedSignatures: count(
    VERIFIER.verified,
    'Signatures remembered as valid, because clients repeat those over unchanged headers: so many of each of the two schemes that can ' +
      'repeat one. 0 remembers none.',
    { from: 0, to: MILLION },
  ),
  publicKeys: count(
    VERIFIER.publicKeys,
    'Public keys kept ready for verification: preparing one costs about as much as checking a signature. 0 keeps none.',
    { from: 0, to: MILLION },
  ),
})
