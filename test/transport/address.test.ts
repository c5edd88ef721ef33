import t from 'tap'
import {
  formatHostPort,
  hostOf,
  isLoopback,
  parseListenAddress,
  reachOf,
  sourceOf,
} from '../../src/transport/address.js'

t.test('the three forms', async (t) => {
  for (const [text, expected] of [
    ['127.0.0.1:8080', { kind: 'tcp', host: '127.0.0.1', port: 8080 }],
    ['0.0.0.0:0', { kind: 'tcp', host: '0.0.0.0', port: 0 }],
    ['node.example:65535', { kind: 'tcp', host: 'node.example', port: 65535 }],
    ['[::1]:8080', { kind: 'tcp', host: '::1', port: 8080 }],
    ['[fe80::1%eth0]:1', { kind: 'tcp', host: 'fe80::1%eth0', port: 1 }],
    ['unix:/run/gateway.sock', { kind: 'unix', path: '/run/gateway.sock' }],
    ['unix:relative.sock', { kind: 'unix', path: 'relative.sock' }],
  ] as const) {
    t.same(parseListenAddress(text), expected, text)
  }
})

t.test('anything else is named, with what would be right', async (t) => {
  for (const text of [
    '',
    'x',
    '8080',
    ':8080',
    '[]:1',
    '::1:80',
    '[::1]',
    '[::1]80',
    'x:',
    'x:65536',
    'x:-1',
    'x:1.5',
    'x: 1',
    'x:0x1',
    'x:1:2',
    'unix:',
  ]) {
    t.throws(() => parseListenAddress(text), { message: new RegExp(`"${text.replace(/[[\].]/g, '\\$&')}"`) }, text)
    t.throws(() => parseListenAddress(text), /HOST:PORT, \[IPV6\]:PORT or unix:PATH/, text)
  }
})

t.test('brackets where they are needed', async (t) => {
  t.equal(formatHostPort('127.0.0.1', 80), '127.0.0.1:80')
  t.equal(formatHostPort('::1', 80), '[::1]:80')
})

t.test('loopback', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'])
    t.ok(isLoopback(host), host)
  for (const host of ['', '0.0.0.0', '::', '126.0.0.1', '127.1', '127.0.0.1.nip.io', 'localhost.', '192.168.0.1']) {
    t.notOk(isLoopback(host), host)
  }
})

t.test('what limits per address count a peer as', async (t) => {
  for (const [address, source] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0001::', '2001:db8:0:1::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::a01:203', '64:ff9b:0:0::/64'],
    [undefined, 'unix'],
  ] as const) {
    t.equal(sourceOf(address), source, address ?? 'none')
  }
})

t.test('the host of an address', async (t) => {
  for (const [address, host] of [
    ['127.0.0.1:0', '127.0.0.1'],
    ['[::1]:8080', '::1'],
    ['unix:/run/gateway.sock', ''],
  ] as const) {
    t.equal(hostOf(address), host, address)
  }
  t.throws(() => hostOf('8080'), /not understood/)
})

t.test('who can reach a listener', async (t) => {
  const table: readonly (readonly [reach: string, addresses: readonly string[]])[] = [
    ['loopback', ['127.0.0.1:8081', 'localhost:0', '[::1]:1', '127.9.9.9:0']],
    ['network', ['0.0.0.0:0', '[::]:1', '10.0.0.1:1', 'example.com:1', '128.0.0.1:1']],
    ['unix', ['unix:./x', 'unix:/127.0.0.1:1']],
  ]
  for (const [reach, addresses] of table) for (const address of addresses) t.equal(reachOf(address), reach, address)
  t.throws(() => reachOf('off'), /not understood/)
})
