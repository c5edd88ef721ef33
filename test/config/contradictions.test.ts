import t from 'tap'
import { ConfigError } from '../../src/config/error.js'
import { type FlagValue, parseSetFlag } from '../../src/config/flags.js'
import { loadConfig } from '../../src/config/load.js'

const directory = t.testdir()

/** The text with which a start is refused; 'taken' if it is not. */
function refusal(settings: readonly string[], env: Record<string, string> = {}): string {
  const flags: FlagValue[] = settings.map(parseSetFlag)
  try {
    loadConfig({ flags, env, directory })
    return 'taken'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

const SIGNER = 'admin.tokens=operate:env:A,read+sign:env:B'
const KEYS_TLS = ['keys.tls.cert=c.pem', 'keys.tls.key=k.pem']
const ALL_OFF = ['v1Legacy', 'v1', 'v2', 'atomix'].map((name) => `adapters.${name}.enabled=false`)

t.test('what contradicts itself is refused, in one line with both keys and what would be right', async (t) => {
  const table: readonly (readonly [settings: readonly string[], text: string])[] = [
    [
      ['limits.connections=10', 'limits.connectionsPerAddress=11'],
      "--set limits.connectionsPerAddress: got '11'; limits.connectionsPerAddress (11) has to be at most limits.connections (10)",
    ],
    [
      ['limits.connectionsPerAddress=10001'],
      "--set limits.connectionsPerAddress: got '10001'; limits.connectionsPerAddress (10001) has to be at most limits.connections (10000)",
    ],
    [
      ['admin.limits.connections=10', 'admin.limits.connectionsPerAddress=11'],
      "--set admin.limits.connectionsPerAddress: got '11'; admin.limits.connectionsPerAddress (11) has to be at most admin.limits.connections (10)",
    ],
    [
      ['limits.sessions=10', 'limits.sessionsPerGeneration=11'],
      "--set limits.sessionsPerGeneration: got '11'; limits.sessionsPerGeneration (11) has to be at most limits.sessions (10)",
    ],
    [
      ['limits.sessions=10', 'limits.sessionsPerOwner=11'],
      "--set limits.sessionsPerOwner: got '11'; limits.sessionsPerOwner (11) has to be at most limits.sessions (10)",
    ],
    [
      ['limits.sessions=10', 'limits.pendingHandshakes=11'],
      "--set limits.pendingHandshakes: got '11'; limits.pendingHandshakes (11) has to be at most limits.sessions (10)",
    ],
    [
      ['limits.pendingHandshakes=10', 'limits.handshakesPerConnection=11'],
      "--set limits.handshakesPerConnection: got '11'; limits.handshakesPerConnection (11) has to be at most limits.pendingHandshakes (10)",
    ],
    [
      ['limits.handshakesPerConnection=1001'],
      "--set limits.handshakesPerConnection: got '1001'; limits.handshakesPerConnection (1001) has to be at most limits.concurrentStreams (1000)",
    ],
    [
      ['limits.messageSize=4KiB', 'limits.handshakeSize=5000'],
      "--set limits.handshakeSize: got '5000'; limits.handshakeSize (5000) has to be at most limits.messageSize (4KiB)",
    ],
    [
      ['shutdown.timeout=1s'],
      "--set shutdown.timeout: got '1s'; shutdown.grace (1s) has to be shorter than shutdown.timeout (1s)",
    ],
    [
      ['shutdown.grace=11s'],
      "--set shutdown.grace: got '11s'; shutdown.grace (11s) has to be shorter than shutdown.timeout (10s)",
    ],
    [['tls.cert=c.pem'], '--set tls.cert: needs the private key, too; give --tls-key (tls.key)'],
    [['tls.key=k.pem'], '--set tls.key: needs the certificate, too; give --tls-cert (tls.cert)'],
    [['tls.clientCa=c.pem'], '--set tls.clientCa: needs TLS; give --tls-cert and --tls-key (tls.cert, tls.key)'],
    [
      ['listen=127.0.0.1:9,127.0.0.1:8', 'admin.listen=127.0.0.1:8'],
      "--set admin.listen: got '127.0.0.1:8', where gRPC listens; takes another address, or off",
    ],
    [['admin.tls.cert=c.pem'], '--set admin.tls.cert: needs admin.tls.key, too'],
    [['admin.tls.key=k.pem'], '--set admin.tls.key: needs admin.tls.cert, too'],
    [['admin.tls.clientCa=c.pem'], '--set admin.tls.clientCa: needs admin.tls.cert and admin.tls.key, too'],
    ...['0.0.0.0:0', '[::]:8081', '10.0.0.1:80', 'example.com:8081'].map(
      (address) =>
        [
          [`admin.listen=${address}`],
          `--set admin.listen: got '${address}', which others can reach; takes a token, too, such as --set ` +
            'admin.tokens=operate:file:./admin.token, or a loopback address, unix:PATH, or off',
        ] as const,
    ),
    [['keys.tls.cert=c.pem'], '--set keys.tls.cert: needs keys.tls.key, too'],
    [['keys.tls.key=k.pem'], '--set keys.tls.key: needs keys.tls.cert, too'],
    [['keys.tls.clientCa=c.pem'], '--set keys.tls.clientCa: needs keys.tls.cert and keys.tls.key, too'],
    [
      ['keys.tls.cert=c.pem', 'keys.tls.key=k.pem', 'keys.tls.clientNames=a'],
      '--set keys.tls.clientNames: needs keys.tls.clientCa, too',
    ],
    [
      [SIGNER, 'keys.listen=127.0.0.1:8080'],
      "--set keys.listen: got '127.0.0.1:8080', where something else listens; takes another address, unix:PATH, or off",
    ],
    [
      [SIGNER, 'keys.listen=127.0.0.1:8081'],
      "--set keys.listen: got '127.0.0.1:8081', where something else listens; takes another address, unix:PATH, or off",
    ],
    [
      [SIGNER, 'keys.listen=0.0.0.0:0'],
      "--set keys.listen: got '0.0.0.0:0', which others can reach; takes keys.tls.cert and keys.tls.key, too, or a loopback " +
        'address, or unix:PATH',
    ],
    ...['unix:./keys.sock', '127.0.0.1:1'].map(
      (address) =>
        [
          [`keys.listen=${address}`, 'admin.tokens=operate:env:A'],
          `--set keys.listen: got '${address}', where nobody could ask; takes a token with the role sign in admin.tokens, or ` +
            'keys.tls.clientCa',
        ] as const,
    ),
    [
      ALL_OFF,
      '--set adapters.v1Legacy.enabled, --set adapters.v1.enabled, --set adapters.v2.enabled, --set adapters.atomix.enabled: ' +
        'all are false; one generation at least has to be served',
    ],
    [
      ['limits.onOwnerLimit=evictOldest'],
      "--set limits.onOwnerLimit: got 'evictOldest', which takes adapters.v1Legacy.ownerCheck, adapters.v1.ownerCheck, " +
        'adapters.v2.ownerCheck: on (--strict sets them all); else anybody could close the sessions of anybody',
    ],
    [
      ['limits.onOwnerLimit=evictOldest', 'strict=true', 'adapters.v1.ownerCheck=genuine', 'adapters.v2.enabled=false'],
      "--set limits.onOwnerLimit: got 'evictOldest', which takes adapters.v1.ownerCheck: on (--strict sets them all); else " +
        'anybody could close the sessions of anybody',
    ],
  ]
  for (const [settings, text] of table) {
    t.equal(refusal(settings), text)
    t.notMatch(text, /\n/, 'one line')
  }
  t.equal(
    refusal(['limits.sessions=10'], { SESSION_GATEWAY_LIMITS_SESSIONSPEROWNER: '11' }),
    "SESSION_GATEWAY_LIMITS_SESSIONSPEROWNER: got '11'; limits.sessionsPerOwner (11) has to be at most limits.sessions (10)",
    'named as it was given',
  )
})

t.test('what fits together is taken, and defaults that no longer fit follow', async (t) => {
  const table: readonly (readonly string[])[] = [
    [],
    ['limits.sessions=1'],
    ['limits.connections=1'],
    ['limits.pendingHandshakes=1'],
    ['limits.concurrentStreams=1'],
    ['limits.messageSize=1KiB'],
    [
      'limits.sessions=10',
      'limits.sessionsPerGeneration=10',
      'limits.sessionsPerOwner=10',
      'limits.pendingHandshakes=10',
    ],
    ['limits.connections=10', 'limits.connectionsPerAddress=10'],
    ['limits.pendingHandshakes=10', 'limits.handshakesPerConnection=10'],
    ['limits.messageSize=4KiB', 'limits.handshakeSize=4KiB'],
    ALL_OFF.slice(1),
    ['listen=127.0.0.1:0', 'admin.listen=127.0.0.1:0'],
    ['admin.listen=off'],
    ['admin.listen=unix:./admin.sock'],
    ['admin.listen=[::1]:8081'],
    ['admin.listen=0.0.0.0:8081', 'admin.tokens=read:env:A'],
    ['admin.tls.cert=c.pem', 'admin.tls.key=k.pem', 'admin.tls.clientCa=c.pem'],
    ['tls.cert=c.pem', 'tls.key=k.pem', 'tls.clientCa=c.pem'],
    [SIGNER, 'keys.listen=unix:./keys.sock'],
    [SIGNER, 'keys.listen=[::1]:0', 'listen=[::1]:0'],
    [SIGNER, 'keys.listen=0.0.0.0:0', ...KEYS_TLS],
    ['keys.listen=0.0.0.0:0', ...KEYS_TLS, 'keys.tls.clientCa=c.pem', 'keys.tls.clientNames=a'],
    ['limits.onOwnerLimit=evictOldest', 'strict=true'],
    ['limits.onOwnerLimit=evictOldest', 'adapters.v2.ownerCheck=on', ...ALL_OFF.slice(0, 2)],
    ['limits.onOwnerLimit=evictOldest', ...ALL_OFF.slice(0, 3)],
  ]
  for (const settings of table) t.equal(refusal(settings), 'taken', settings.join(' '))
})
