import Type from 'typebox'
import { UINT32_MAX } from '../core/integers.js'
import { DEFAULT_SESSION_LIMITS as CORE } from '../core/limits.js'
import { DEFAULT_VERIFIER_LIMITS as VERIFIER } from '../crypto/limits.js'
import {
  address,
  addresses,
  choice,
  count,
  countOrAny,
  duration,
  flag,
  hostPort,
  list,
  optionalCount,
  path,
  section,
  size,
  text,
} from './kinds.js'
import { durationText } from './units.js'

const enabled = () => flag(true, 'Serve this generation. Calls to one that is off get UNIMPLEMENTED.')

const signatures = () =>
  choice(
    ['genuine', 'whenPresent', 'required', 'off'],
    'genuine',
    'How request signatures are treated. `genuine`: as the genuine server of each dialect did, `whenPresent` where none is known. ' +
      '`whenPresent`: what is there has to verify. `required`: it has to be there, too. `off`: not looked at, except where the owner is checked.',
  )

const ownerCheck = () =>
  choice(
    ['genuine', 'on', 'off'],
    'genuine',
    'Whether a key of the request has to own the owner id. `genuine`: as the genuine server of each dialect did.',
  )

const MILLION = 1_000_000

const ADMIN_SIZES = { from: '1KiB', to: '1MiB' } as const

const LIMITS =
  'Everything that could grow without end has a limit. Each hit that the gateway sees, and by which somebody is refused or something ' +
  'forgotten before its time, is counted in the metric `session_gateway_limits_hit_total`. How long the right to sweep a store outlives ' +
  `a process that vanished (${durationText(CORE.lease_ms)}) is fixed: a store in memory vanishes with it.`

/** Partitions that clients are told of: each opens a session on every one before it does anything else. */
export const ADVERTISED_PARTITIONS_MAX = 256

/** The one schema: types, defaults, bounds and the page docs/configuration.md come from here. */
export const configSchema = Type.Object({
  listen: addresses(
    ['127.0.0.1:8080'],
    'Where gRPC is served, all generations on each address. Port 0 lets the system pick one.',
  ),
  admin: section('The HTTP listener for health, metrics and administration.', {
    listen: address('127.0.0.1:8081', 'Where it is served, or `off`.'),
    limits: section(
      'Bounds of this listener, so that nobody can hold it, or fill the process, by being slow or big. Whoever hits one is ' +
        'told, or cut off; these are not counted in the metrics.',
      {
        bodySize: size('16KiB', 'The body of a request: the only one there is holds one number.', ADMIN_SIZES),
        headerSize: size('16KiB', 'All headers of a request together: what Node takes by itself.', ADMIN_SIZES),
        connections: count(100, 'Connections open at once: a few people, a scraper and probes. A browser opens six.', {
          from: 1,
          to: 10_000,
        }),
        requestTimeout: duration('10s', 'How long a whole request may take to arrive.', { from: '100ms', to: '1h' }),
        idleTimeout: duration(
          '75s',
          'How long a connection may be without a request: longer than the usual scrape interval of 60 s, so that a scraper keeps its connection.',
          { from: '100ms', to: '1h' },
        ),
        page: count(1000, 'Sessions on one page of the list: about 1 MB of JSON.', { from: 1, to: 100_000 }),
      },
    ),
  }),
  role: choice(['backend'], 'backend', 'What the process is: a preset of defaults. `backend` answers from a store.'),
  store: section('Where sessions live.', {
    url: text('store', 'memory:', '`memory:` keeps sessions in the process: they end with it.'),
  }),
  epoch: text(
    'epoch',
    'clock:store,1h',
    'Where the NeoFS epoch comes from. `clock:START,LENGTH`: epoch 1 began at START (`store`: when the store was made; or an ' +
      'RFC 3339 time) and each lasts LENGTH. `fixed:N`: always N. `manual:N`: N until the admin API moves it.',
  ),
  key: path(
    "The gateway's own P-256 key (PEM, hex or WIF), with which it signs answers. Without it the memory store has a new key at each start.",
  ),
  strict: flag(
    false,
    'Preset: require all signatures and check all owners that a generation can carry. Keys that are set win over it.',
  ),
  tls: section('Served as plaintext HTTP/2 unless a certificate is given. SIGHUP reads the files again.', {
    cert: path('The certificate chain, in PEM form. Needs `tls.key`.'),
    key: path('The private key of the certificate, in PEM form without a passphrase. Needs `tls.cert`.'),
    clientCa: path('Clients have to show a certificate signed by one of these, in PEM form.'),
  }),
  transport: section('How bytes come in and go out.', {
    kind: choice(['grpc-js'], 'grpc-js', 'The implementation of gRPC.'),
  }),
  log: section('Logs go to standard error: JSON lines, or text if it is a terminal.', {
    level: choice(
      ['debug', 'info', 'warn', 'error', 'silent'],
      'info',
      'The least important messages that are logged.',
    ),
  }),
  adapters: section('What is served, and how strictly.', {
    v1Legacy: section('The streaming clients of 2019–2020 on `/session.Session/Create` (dialects A0–A3, B).', {
      enabled: enabled(),
      signatures: signatures(),
      ownerCheck: ownerCheck(),
      handshakeTimeout: duration('60s', 'A handshake that is not finished by then is dropped.'),
      keyStore: path(
        'JSON file with the keys of owners made of several keys (dialect A0): an object from owner id (text or hex) to a list of ' +
          'public keys (hex). Without it such owners are refused.',
      ),
    }),
    v1: section('The unary clients of 2020 on the same path (dialects C, Cx, D, E).', {
      enabled: enabled(),
      signatures: signatures(),
      ownerCheck: ownerCheck(),
    }),
    v2: section('The clients of `/neo.fs.v2.session.SessionService/Create`.', {
      enabled: enabled(),
      signatures: signatures(),
      ownerCheck: ownerCheck(),
      expiryEdge: choice(
        ['node', 'spec'],
        'node',
        '`node`: in its expiration epoch a session is already over, as storage nodes have it. `spec`: that epoch is the last valid one.',
      ),
    }),
    atomix: section('The Atomix clients of `/atomix.session.SessionService`.', {
      enabled: enabled(),
      profile: choice(
        ['safe', 'v0.1', 'v0.5'],
        'safe',
        '`safe`: no answer that makes a genuine client spin, crash or hang. `v0.1`, `v0.5`: as the genuine server of that age.',
      ),
      partitions: countOrAny(
        '`any`: every partition from 1. N: partitions 1…N are hosted; others, and 0, are refused.',
        UINT32_MAX,
      ),
      defaultTimeout: duration('30s', 'The timeout of a session whose client names none.'),
    }),
  }),
  companions: section(
    'Services that genuine clients call before or around opening a session: node, network and balance for NeoFS, databases and ' +
      'groups for Atomix. Those of a generation that is off are off, too.',
    {
      enabled: flag(true, 'Serve them. Calls to services that are off get UNIMPLEMENTED.'),
      addresses: list(
        'nodeAddresses',
        'Where NeoFS clients are told the node is reached. By default what the client itself used (`:authority`), so that mapped ports work.',
        16,
      ),
      magicNumber: count(15405, 'The magic number of the network, in NetworkInfo.', { from: 0, to: UINT32_MAX }),
      msPerBlock: optionalCount(
        'Milliseconds of a block, in NetworkInfo. By default the most, up to 15000, that divides the length of the epoch.',
        { from: 1, to: 24 * 3600 * 1000 },
      ),
      epochDuration: optionalCount(
        'Blocks of an epoch, in NetworkInfo. By default as many as make up its length, or 240 where that is not known.',
        { from: 1, to: UINT32_MAX },
      ),
      address: hostPort(
        'Where Atomix clients are told all partitions are served. By default what the client itself used (`:authority`).',
      ),
      partitions: count(
        3,
        'Partitions that Atomix clients are told of, where `adapters.atomix.partitions` is `any`. Where that is a number, it is ' +
          `that number, up to ${ADVERTISED_PARTITIONS_MAX}.`,
        { from: 1, to: ADVERTISED_PARTITIONS_MAX },
      ),
      databases: list(
        'databases',
        'The Atomix databases that exist; one without a namespace is in every one. By default every name is a database, and a list of ' +
          'all shows one, `default`.',
        64,
      ),
    },
  ),
  sessions: section('What is kept of sessions.', {
    history: duration(durationText(CORE.history_ms), 'How long it is remembered when and why a session ended.', {
      from: '0',
      to: '3650d',
    }),
  }),
  limits: section(LIMITS, {
    messageSize: size(
      '128KiB',
      'The biggest message that is read. Session messages have about a kilobyte; the rest is room for tokens that travel with them, and small enough that no message holds up the others.',
      { from: '1KiB', to: '1GiB' },
    ),
    connections: count(10_000, 'Connections open at once; further ones are closed as soon as they are accepted.', {
      from: 1,
      to: MILLION,
    }),
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
      'Open sessions of one NeoFS owner, so that one owner cannot use up all.',
      {
        from: 1,
        to: 100 * MILLION,
      },
    ),
    pendingHandshakes: count(
      CORE.pendingHandshakes,
      'Handshakes under way. Each holds a key pair and an open call until it is confirmed or times out.',
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
      'Ended sessions that are remembered; the oldest go first, also before `sessions.history` is over.',
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
  }),
  shutdown: section('How the process ends after SIGTERM or SIGINT.', {
    timeout: duration('10s', 'Calls in flight may finish until then; the process exits within this time.'),
    grace: duration(
      '1s',
      'How long connections are still accepted, for keep-alive and close, while new sessions are already refused: load balancers need ' +
        'a moment to notice. Shorter than `shutdown.timeout`.',
      { from: '0' },
    ),
  }),
})

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

/**
 * The effective configuration, frozen. Names are those of the file; durations are whole milliseconds and sizes whole
 * bytes, whatever unit they were written in.
 */
export type Config = DeepReadonly<Type.Static<typeof configSchema>>
