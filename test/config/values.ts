/** For every key: values it takes, as text and as the configuration then has it, and texts it refuses. */
export interface ValueTable {
  readonly good: readonly (readonly [text: string, value: unknown])[]
  readonly bad: readonly string[]
}

const words = (good: readonly string[], bad: readonly string[]): ValueTable => ({
  good: good.map((word) => [word, word] as const),
  bad: [...bad, 'Genuine', 'x', ' '],
})

const flag: ValueTable = {
  good: [
    ['true', true],
    ['false', false],
  ],
  bad: ['TRUE', 'yes', '1', '0', 'on'],
}

const duration = (good: string, ms: number, ...bad: string[]): ValueTable => ({
  good: [[good, ms]],
  bad: [...bad, '10', '-1s', 'soon', '1 s', '99999d'],
})

const count = (low: number, high: number): ValueTable => ({
  good: [
    [String(low), low],
    [String(high), high],
  ],
  bad: [String(low - 1), String(high + 1), '1.5', '1e3', 'many', '0x10'],
})

const path: ValueTable = {
  good: [['./some/file', './some/file']],
  bad: ['f'.repeat(64), '-----BEGIN PRIVATE KEY-----'],
}

const signatures = words(['genuine', 'whenPresent', 'required', 'off'], ['on', 'whenpresent'])
const ownerCheck = words(['genuine', 'on', 'off'], ['required', 'true'])
const CACHE = count(0, 1_000_000)
const ADMIN_SIZE: ValueTable = { good: [['1MiB', 1024 ** 2]], bad: ['1023', '2MiB'] }

export const VALUES: Readonly<Record<string, ValueTable>> = {
  listen: {
    good: [
      ['127.0.0.1:0', ['127.0.0.1:0']],
      ['0.0.0.0:1,[::1]:65535, localhost:7', ['0.0.0.0:1', '[::1]:65535', 'localhost:7']],
      ['127.0.0.1:0,127.0.0.1:0', ['127.0.0.1:0', '127.0.0.1:0']],
    ],
    bad: [
      ':8080',
      '8080',
      'localhost',
      'localhost:',
      'localhost:65536',
      'localhost:-1',
      'http://localhost:80',
      '::1:80',
      'a:1,',
      'a:1,a:1',
      'a b:1',
      'off',
      'unix:/x',
    ],
  },
  'admin.listen': {
    good: [
      ['off', 'off'],
      ['[::1]:9', '[::1]:9'],
      ['unix:./admin.sock', 'unix:./admin.sock'],
    ],
    bad: ['on', '9', 'a:1,b:2', 'unix:', '/run/admin.sock', 'http://a:1'],
  },
  'admin.allowedHosts': {
    good: [
      ['gateway.example', ['gateway.example']],
      ['Gateway_1, 10.0.0.1,2001:db8::7', ['Gateway_1', '10.0.0.1', '2001:db8::7']],
    ],
    bad: ['a:1', 'http://a', 'a/', '[::1]', 'a b', 'a.', '*', '.a', 'a,a', 'a,', `${'x'.repeat(255)}`],
  },
  'admin.metricsToken': flag,
  'admin.login.lifetime': duration('1m', 60_000, '59s', '25d'),
  'admin.tls.cert': path,
  'admin.tls.key': path,
  'admin.tls.clientCa': path,
  'admin.limits.requestsPerSecond': count(1, 1_000_000),
  'admin.limits.scrapesPerSecond': count(1, 10_000),
  'admin.limits.logins': count(1, 10_000),
  'admin.limits.loginsPerMinute': count(1, 10_000),
  'keys.listen': {
    good: ['off', '127.0.0.1:0', '[::]:9', 'unix:./keys.sock', 'unix:/run/x y/keys.sock'].map(
      (text) => [text, text] as const,
    ),
    bad: ['on', '9', 'a:1,b:2', 'unix:', '/run/keys.sock', 'http://a:1'],
  },
  'keys.socketMode': words(['owner', 'group', 'everyone'], ['0600', 'all']),
  'keys.limits.refusalsPerSecond': count(1, 10_000),
  'keys.tls.cert': path,
  'keys.tls.key': path,
  'keys.tls.clientCa': path,
  'keys.tls.clientNames': {
    good: [
      ['backend', ['backend']],
      ['a.example, spiffe://x/y,two words', ['a.example', 'spiffe://x/y', 'two words']],
    ],
    bad: ['a,', 'a,a', 'a\nb', 'x'.repeat(257), Array.from({ length: 257 }, (_, index) => `n${index}`).join()],
  },
  'admin.limits.bodySize': ADMIN_SIZE,
  'admin.limits.headerSize': ADMIN_SIZE,
  'admin.limits.connections': count(1, 10_000),
  'admin.limits.connectionsPerAddress': count(1, 10_000),
  'admin.limits.listsWaiting': count(1, 1000),
  'admin.limits.requestTimeout': duration('100ms', 100, '99ms', '2h'),
  'admin.limits.idleTimeout': duration('1h', 3_600_000, '99ms', '2h'),
  'admin.limits.decodesWaiting': count(1, 1000),
  'admin.limits.decodeTimeout': duration('1h', 3_600_000, '99ms', '2h'),
  'admin.audit': path,
  'admin.limits.signsPerSecond': count(1, 1_000_000),
  'admin.limits.eventReaders': count(1, 10_000),
  'admin.limits.eventsRemembered': count(1, 100_000),
  'admin.limits.renewalsPerSecond': count(0, 1000),
  'admin.limits.page': count(1, 100_000),
  role: words(['backend'], ['bridge', 'test-server']),
  'store.url': words(
    ['memory:', 'lmdb:./data', 'lmdb:/var/lib/x y', 'lmdb:.'],
    ['memory', 'memory:x', 'lmdb:', 'lmdb', 'redis://h:1', 'rediss://h', './data'],
  ),
  'store.key': {
    good: [
      ['file:./data.key', 'file:./data.key'],
      ['env:STORE_KEY', 'env:STORE_KEY'],
      ['credential:store-key', 'credential:store-key'],
    ],
    bad: [
      'ab'.repeat(32),
      `file:${'ab'.repeat(32)}`,
      './data.key',
      'env:A-B',
      'env:SESSION_GATEWAY_X',
      'credential:a/b',
    ],
  },
  epoch: {
    good: [
      'clock:store,1h',
      'clock:2024-05-01T00:00:00Z,240s',
      'fixed:0',
      'fixed:18446744073709551615',
      'manual:7',
    ].map((text) => [text, text] as const),
    bad: [
      '5',
      'fixed',
      'fixed:',
      'fixed:-1',
      'fixed:18446744073709551616',
      'manual:0x1',
      'clock:',
      'clock:store',
      'clock:store,0',
      'clock:yesterday,1h',
      'follow:http://x',
    ],
  },
  key: path,
  strict: flag,
  'tls.cert': path,
  'tls.key': path,
  'tls.clientCa': path,
  'transport.kind': words(['grpc-js'], ['h2', 'grpc']),
  'log.level': words(['debug', 'info', 'warn', 'error', 'silent'], ['loud', 'INFO', 'trace']),
  'adapters.v1Legacy.enabled': flag,
  'adapters.v1Legacy.signatures': signatures,
  'adapters.v1Legacy.ownerCheck': ownerCheck,
  'adapters.v1Legacy.handshakeTimeout': duration('1m30s', 90_000, '0', '25d'),
  'adapters.v1Legacy.keyStore': path,
  'adapters.v1.enabled': flag,
  'adapters.v1.signatures': signatures,
  'adapters.v1.ownerCheck': ownerCheck,
  'adapters.v2.enabled': flag,
  'adapters.v2.signatures': signatures,
  'adapters.v2.ownerCheck': ownerCheck,
  'adapters.v2.expiryEdge': words(['node', 'spec'], ['inclusive']),
  'adapters.atomix.enabled': flag,
  'adapters.atomix.profile': words(['safe', 'v0.1', 'v0.5'], ['v0.2', '0.1']),
  'adapters.atomix.partitions': {
    good: [
      ['any', 'any'],
      ['1', 1],
      ['4294967295', 4_294_967_295],
    ],
    bad: ['0', '-1', '4294967296', 'all', '1.5', 'ANY'],
  },
  'adapters.atomix.defaultTimeout': duration('30s', 30_000, '0'),
  'companions.enabled': flag,
  'companions.addresses': {
    good: [
      ['gateway.example:8080', ['gateway.example:8080']],
      [
        '/ip4/10.0.0.1/tcp/1, /ip6/::1/tcp/65535/tls,/dns4/a.b/tcp/8080,[::1]:7',
        ['/ip4/10.0.0.1/tcp/1', '/ip6/::1/tcp/65535/tls', '/dns4/a.b/tcp/8080', '[::1]:7'],
      ],
    ],
    bad: [
      'gateway.example',
      'gateway.example:0',
      ':8080',
      '/ip4/10.0.0.1',
      '/ip4/10.0.0.1/udp/1',
      '/ip4/10.0.0.256/tcp/1',
      '/dns4/a.b/tcp/0',
      '/dns4/a b/tcp/1',
      'a:1,',
      'a:1,a:1',
      Array.from({ length: 17 }, (_, index) => `a:${index + 1}`).join(),
    ],
  },
  'companions.magicNumber': count(0, 2 ** 32 - 1),
  'companions.msPerBlock': count(1, 86_400_000),
  'companions.epochDuration': count(1, 2 ** 32 - 1),
  'companions.address': {
    good: [
      ['10.0.0.1:5678', '10.0.0.1:5678'],
      ['[::1]:5678', '[::1]:5678'],
    ],
    bad: ['10.0.0.1', '10.0.0.1:0', '10.0.0.1:65536', '10.0.1:1', '::1:80', 'off', 'a:1,b:2', '/ip4/10.0.0.1/tcp/1'],
  },
  'companions.partitions': count(1, 256),
  'admin.tokens': {
    good: [
      ['operate:file:./admin.token', ['operate:file:./admin.token']],
      ['read+sign:env:A, operate:credential:b', ['read+sign:env:A', 'operate:credential:b']],
    ],
    bad: [
      'file:./admin.token',
      'operate',
      'admin:env:A',
      'read:env:A-B',
      'read:env:A,',
      'read:env:A,read:env:A',
      'read:x',
    ],
  },
  'companions.databases': {
    good: [
      ['db', ['db']],
      ['ns/db, other', ['ns/db', 'other']],
    ],
    bad: ['/db', 'ns/', 'a/b/c', 'db,', 'db,db', 'a b', Array.from({ length: 65 }, (_, index) => `db${index}`).join()],
  },
  'sessions.history': duration('0', 0),
  'limits.messageSize': {
    good: [
      ['1024', 1024],
      ['1GiB', 1024 ** 3],
    ],
    bad: ['1023', '2GiB', '4MB', '-1', 'big'],
  },
  'limits.concurrentStreams': count(1, 2 ** 31 - 1),
  'limits.headerSize': { good: [['8KiB', 8192]], bad: ['1', '2MiB', '8K'] },
  'limits.keepaliveInterval': duration('1s', 1_000, '500ms'),
  'limits.keepaliveTimeout': duration('100ms', 100, '99ms'),
  'limits.connections': count(1, 1_000_000),
  'limits.connectionsPerAddress': count(1, 1_000_000),
  'limits.connectionIdle': duration('100ms', 100, '99ms', '25d'),
  'limits.connectionAge': duration('1s', 1_000, '999ms', '25d', 'off'),
  'limits.tlsTimeout': duration('100ms', 100, '99ms', '3m'),
  'limits.requestTimeout': duration('100ms', 100, '99ms'),
  'limits.handshakeSize': { good: [['1KiB', 1024]], bad: ['1023', '5MiB'] },
  'limits.sessions': count(1, 100_000_000),
  'limits.sessionsPerGeneration': count(1, 100_000_000),
  'limits.sessionsPerOwner': count(1, 100_000_000),
  'limits.onOwnerLimit': words(['evictOldest', 'refuse'], ['evict', 'refused']),
  'limits.createsPerAddress': count(1, 1_000_000),
  'limits.createsPerOwner': count(1, 1_000_000),
  'limits.keyRecoveries': count(1, 10_000),
  'limits.partitions': count(1, 10_000_000),
  'limits.pendingHandshakes': count(1, 10_000_000),
  'limits.handshakesPerConnection': count(1, 10_000_000),
  'limits.tokenObjects': count(1, 1_000_000),
  'limits.tokenKeys': count(1, 1_000_000),
  'limits.originChain': count(1, 64),
  'limits.signatureChain': count(1, 64),
  'limits.nesting': count(32, 1000),
  'limits.tombstones': count(0, 100_000_000),
  'limits.eventQueue': count(1, 1_000_000),
  'limits.expiryTick': duration('10ms', 10, '9ms', '2m'),
  'limits.expiryBatch': count(1, 100_000),
  'limits.stall': duration('1s', 1_000, '1ms', '2h'),
  'limits.clients': count(1, 1_000_000),
  'limits.verifiedSignatures': CACHE,
  'limits.publicKeys': CACHE,
  'shutdown.timeout': duration('2s', 2_000, '0'),
  'shutdown.grace': duration('0', 0),
}
