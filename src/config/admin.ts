import { count, duration, endpoint, flag, list, optionalCount, outputPath, path, section, size } from './kinds.js'

/** More people and programs than have to be told apart; each request with a token is compared with every one. */
const TOKENS_MAX = 64
/** More names than a machine has; each request is compared with every one. */
const HOSTS_MAX = 64

const SIZES = { from: '1KiB', to: '1MiB' } as const

const limits = section(
  'Bounds of this listener, so that nobody can hold it, or fill the process, by being slow or big. Whoever hits one is told, or cut ' +
    'off, and it is counted in the metric `session_gateway_limits_hit_total`; not so `idleTimeout` and `renewalsPerSecond`, by which ' +
    'nobody is refused anything.',
  {
    requestsPerSecond: count(
      2000,
      'Requests of one address each second, and so many at once: more than a backend that signs, a page and a scraper make together. All ' +
        'that come through one proxy count as one. `/healthz` and `/readyz` do not count, but take a connection like all others. A ' +
        'connection has one request under way: whoever sends the next before the answer is there is cut off, and counted here.',
      { from: 1, to: 1_000_000 },
    ),
    scrapesPerSecond: count(
      50,
      'Readings of `/metrics` of one address each second, instead: more than several scrapers make, and each is some milliseconds of work.',
      { from: 1, to: 10_000 },
    ),
    logins: count(100, 'Logins that are good at once, about 500 bytes each; the oldest makes room.', {
      from: 1,
      to: 10_000,
    }),
    loginsPerMinute: count(
      10,
      'Attempts of one address to log in each minute, and so many at once: more than somebody needs who mistypes, and none for who guesses. ' +
        'A wrong token in an `Authorization` header takes one, too.',
      { from: 1, to: 10_000 },
    ),
    bodySize: size(
      '512KiB',
      'The body of a request: the longest are bytes to decode, as hex of the largest message that is taken and more.',
      SIZES,
    ),
    headerSize: size('16KiB', 'All headers of a request together: what Node takes by itself.', SIZES),
    connections: count(100, 'Connections open at once: a few people, a scraper and probes. A browser opens six.', {
      from: 1,
      to: 10_000,
    }),
    connectionsPerAddress: optionalCount(
      'Connections of one address, as `limits.connectionsPerAddress` has it, so that nobody shuts out everybody: probes of another ' +
        'address still find one. By default half of `admin.limits.connections`. Clients of a unix socket are all of one user, and not bounded.',
      { from: 1, to: 10_000 },
    ),
    requestTimeout: duration('10s', 'How long a whole request may take to arrive, and a client to agree on TLS.', {
      from: '100ms',
      to: '1h',
    }),
    idleTimeout: duration(
      '75s',
      'How long a connection may be without a request: longer than the usual scrape interval of 60 s, so that a scraper keeps its connection.',
      { from: '100ms', to: '1h' },
    ),
    listsWaiting: count(
      20,
      'Pages of the list of sessions that wait to be made: one at a time, because a large one is tens of milliseconds of work.',
      { from: 1, to: 1000 },
    ),
    decodesWaiting: count(
      8,
      'Inputs that wait for the decoder, which explains one after the other in a thread of its own.',
      {
        from: 1,
        to: 1000,
      },
    ),
    decodeTimeout: duration(
      '10s',
      'How long the decoder may take for one input. A large one that fits nothing takes half a second.',
      { from: '100ms', to: '1h' },
    ),
    eventReaders: count(20, 'Streams of `/api/v1/events` open at once: each is a connection that stays.', {
      from: 1,
      to: 10_000,
    }),
    eventsRemembered: count(
      1000,
      'Events that a reader may be behind, or come back to after its connection broke: about 1 KB each. Who misses more is told so.',
      { from: 1, to: 100_000 },
    ),
    signsPerSecond: count(
      1000,
      'Signatures that one token or client certificate may ask for each second, here and at `keys.listen` together.',
      { from: 1, to: 1_000_000 },
    ),
    renewalsPerSecond: count(10, 'Renewals that are told as events; each says for how many it stands.', {
      from: 0,
      to: 1000,
    }),
    page: count(1000, 'Sessions on one page of the list: about 1 MB of JSON.', { from: 1, to: 100_000 }),
  },
)

/** The part of the schema for the HTTP listener. */
export const adminSection = section('The HTTP listener for health, metrics and administration.', {
  listen: endpoint(
    '127.0.0.1:8081',
    'Where it is served: an address, a unix socket that the own user alone can open, or `off`. On loopback and on a socket reading needs ' +
      'no token; an address that others can reach takes `admin.tokens`, and `admin.tls` or a proxy with TLS ' +
      '([operations.md](operations.md#the-admin-listener-beyond-loopback)).',
  ),
  allowedHosts: list(
    'hosts',
    'Names under which it is reached, without port: what a browser or a scraper has in the address. Names of loopback, the host of ' +
      '`admin.listen` and, where others can reach it, literal addresses are allowed by themselves. A request that names another host is ' +
      'refused, so that no web page drives this listener by a name of its own.',
    HOSTS_MAX,
  ),
  tokens: list(
    'tokens',
    'Who may change something: callers with `Authorization: Bearer …` and one of these, or who logged in with one. Each is roles and ' +
      'where its text is, such as `operate:file:./admin.token` or `read+sign:env:BACKEND_TOKEN`. `read`: see everything but keys. ' +
      '`operate`: that, and close and renew sessions, and set the epoch. `sign`: use session keys. A text has 16 to 512 visible ' +
      'characters, without spaces. SIGHUP reads them again.',
    TOKENS_MAX,
  ),
  metricsToken: flag(
    false,
    'Whether `/metrics` takes a token with the role `read`, wherever the listener is. `/healthz` and `/readyz` never do.',
  ),
  login: section('Logins of the web page, kept in memory alone.', {
    lifetime: duration('12h', 'How long one is good: a working day. It ends before that when its token does.', {
      from: '1m',
      to: '24d',
    }),
  }),
  tls: section('As `tls` has it, for this listener alone: HTTPS. SIGHUP reads the files again.', {
    cert: path('The certificate chain, in PEM form. Needs `admin.tls.key`.'),
    key: path('The private key of the certificate, in PEM form without a passphrase. Needs `admin.tls.cert`.'),
    clientCa: path(
      'Clients, probes and scrapers among them, have to show a certificate signed by one of these, in PEM form. What takes a token takes ' +
        'it all the same.',
    ),
  }),
  audit: outputPath(
    'A file to which a JSON line is appended for everything that is done to sessions through this listener or with their keys at ' +
      '`keys.listen`, for every login, and for every refusal of them: who, what, when ([audit.md](audit.md)). SIGHUP opens it again, ' +
      'after it was moved away.',
  ),
  limits,
})
