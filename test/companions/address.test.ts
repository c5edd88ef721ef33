import t from 'tap'
import { isMultiaddr, multiaddrOf, parseHostPort } from '../../src/companions/address.js'

t.test('addresses as users and clients write them', async (t) => {
  const label = 'a'.repeat(63)
  const good: readonly (readonly [text: string, host: string, port: number])[] = [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['0.0.0.0:1', '0.0.0.0', 1],
    ['[::1]:65535', '::1', 65535],
    ['[2001:db8::1]:80', '2001:db8::1', 80],
    ['localhost:8080', 'localhost', 8080],
    ['session_gateway-1.ns.svc.cluster.local:5678', 'session_gateway-1.ns.svc.cluster.local', 5678],
    ['Gateway.Example.:443', 'Gateway.Example.', 443],
    ['10-0-0-1.example:1', '10-0-0-1.example', 1],
    [`${label}.${label}.${label}:1`, `${label}.${label}.${label}`, 1],
  ]
  for (const [text, host, port] of good) t.same(parseHostPort(text), { host, port }, text)

  const bad = [
    '',
    ':',
    ':8080',
    'localhost',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    'localhost:-1',
    'localhost:+1',
    'localhost:8080 ',
    'localhost:123456',
    'local host:80',
    'a/b:80',
    'user@host:80',
    'host:80:80',
    '-a:80',
    'a-:80',
    'a..b:80',
    '.a:80',
    `${label}a:80`,
    `${`${label}.`.repeat(4)}:80`,
    '1.2.3:80',
    '1.2.3.4.5:80',
    '256.0.0.1:80',
    '12345:80',
    '::1:80',
    '[::1]',
    '[::1:80',
    '[127.0.0.1]:80',
    '[fe80::1%eth0]:80',
    '[]:80',
    'ö.example:80',
    'a\n:80',
  ]
  for (const text of bad) t.equal(parseHostPort(text), undefined, JSON.stringify(text))
})

t.test('an authority may leave its port out', async (t) => {
  t.same(parseHostPort('gateway.example', 443), { host: 'gateway.example', port: 443 })
  t.same(parseHostPort('[::1]', 80), { host: '::1', port: 80 })
  t.same(parseHostPort('gateway.example:8080', 80), { host: 'gateway.example', port: 8080 })
  for (const text of ['', ':80', 'gateway.example:', 'a b']) t.equal(parseHostPort(text, 80), undefined, text)
})

t.test('as storage nodes advertise themselves', async (t) => {
  const table: readonly (readonly [text: string, isTls: boolean, multiaddr: string])[] = [
    ['127.0.0.1:8080', false, '/ip4/127.0.0.1/tcp/8080'],
    ['127.0.0.1:8082', true, '/ip4/127.0.0.1/tcp/8082/tls'],
    ['[::1]:8080', false, '/ip6/::1/tcp/8080'],
    ['st1.example:8080', false, '/dns4/st1.example/tcp/8080'],
    ['st1.example:8082', true, '/dns4/st1.example/tcp/8082/tls'],
  ]
  for (const [text, isTls, multiaddr] of table) {
    const address = parseHostPort(text)
    t.equal(address && multiaddrOf(address, isTls), multiaddr)
    t.ok(isMultiaddr(multiaddr), multiaddr)
  }
  for (const text of ['/dns/a/tcp/1', '/dns6/a/tcp/1/tls']) t.ok(isMultiaddr(text), text)
  const bad = [
    '',
    '127.0.0.1:8080',
    '/ip4/127.0.0.1',
    '/ip4/127.0.0.1/tcp/',
    '/ip4/127.0.0.1/tcp/0',
    '/ip4/127.0.0.1/tcp/65536',
    '/ip4/127.0.0.1/udp/8080',
    '/ip4/127.0.0.1/tcp/8080/',
    '/ip4/127.0.0.1/tcp/8080/http',
    '/ip4/::1/tcp/8080',
    '/ip6/127.0.0.1/tcp/8080',
    '/ip6/fe80::1%eth0/tcp/8080',
    '/dns4/a b/tcp/1',
    '/dns4//tcp/1',
    'ip4/127.0.0.1/tcp/8080',
  ]
  for (const text of bad) t.notOk(isMultiaddr(text), text)
})
