import Type from 'typebox'
import { UINT32_MAX } from '../core/integers.js'
import { DEFAULT_SESSION_LIMITS as CORE } from '../core/limits.js'
import { adminSection } from './admin.js'
import {
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
  storeKey,
  text,
} from './kinds.js'
import { limitsSection } from './limits.js'
import { keysSection } from './session-keys.js'
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

/** Partitions that clients are told of: each opens a session on every one before it does anything else. */
export const ADVERTISED_PARTITIONS_MAX = 256

/** The one schema: types, defaults, bounds and the page docs/configuration.md come from here. */
export const configSchema = Type.Object({
  listen: addresses(
    ['127.0.0.1:8080'],
    'Where gRPC is served, all generations on each address. Port 0 lets the system pick one.',
  ),
  admin: adminSection,
  keys: keysSection,
  role: choice(['backend'], 'backend', 'What the process is: a preset of defaults. `backend` answers from a store.'),
  store: section('Where sessions live.', {
    url: text(
      'store',
      'lmdb:./data',
      '`lmdb:PATH`: in a directory of this machine; sessions survive restarts, and several processes may share it. `memory:` keeps ' +
        'them in the process: they end with it.',
    ),
    key: storeKey(
      'Where the key is that seals what a store on disk keeps secret: a file, a variable of the environment, or a systemd credential, ' +
        'with 64 hex digits, base64 of 32 bytes, or 32 raw bytes (not in a variable). By default a file beside the data directory ' +
        'with `.key` added to its name, made at the first start. A memory store needs none. See [security.md](security.md).',
    ),
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
  tls: section(
    'Served as plaintext HTTP/2 unless a certificate is given: then TLS 1.2 or later, and clients have to ask for HTTP/2 (ALPN h2). ' +
      'SIGHUP reads the files again: calls in flight go on, new connections see the new certificate, and files that do not fit each ' +
      'other change nothing and are logged.',
    {
      cert: path('The certificate chain, in PEM form. Needs `tls.key`.'),
      key: path('The private key of the certificate, in PEM form without a passphrase. Needs `tls.cert`.'),
      clientCa: path('Clients have to show a certificate signed by one of these, in PEM form.'),
    },
  ),
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
  limits: limitsSection,
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
