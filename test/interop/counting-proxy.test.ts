import { type ClientHttp2Session, connect, createServer } from 'node:http2'
import { connect as dial } from 'node:net'
import t, { type Test } from 'tap'
import { CountingProxy } from './counting-proxy.js'
import { splitHostPort } from './host-port.js'

/** Answers each request with what it was sent, and returns its address. */
async function echo(t: Test): Promise<string> {
  const server = createServer((request, response) => void request.pipe(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function proxyTo(t: Test, target: string, encrypted = false): Promise<CountingProxy> {
  const proxy = new CountingProxy({ encrypted })
  await proxy.up(target)
  t.teardown(() => proxy.down())
  return proxy
}

function clientOf(t: Test, { address }: CountingProxy): ClientHttp2Session {
  const client = connect(`http://${address}`)
  // A proxy that goes down cuts it off.
  client.on('error', () => undefined)
  t.teardown(() => client.destroy())
  return client
}

function post(client: ClientHttp2Session, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const stream = client.request({ ':method': 'POST', ':path': '/' })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('error', reject)
    stream.end(body)
  })
}

t.test('every request is counted, and its bytes arrive as they were', async (t) => {
  const proxy = await proxyTo(t, await echo(t))
  const client = clientOf(t, proxy)
  // Below, at and above the size of a frame.
  const bodies = [1, 9, 16_384, 16_385, 100_000].map((length) => Buffer.alloc(length, 7))
  const began = performance.now()
  const answers = await Promise.all(bodies.map((body) => post(client, body)))
  for (const [index, body] of bodies.entries()) t.ok(answers[index]?.equals(body), `${body.length} bytes`)
  t.equal(proxy.requests.length, bodies.length)
  t.ok(proxy.requests.every((at) => at >= began && at <= performance.now()))
  t.equal(proxy.connections, 1)
})

t.test('a spoilt request differs in its last bit, and only while that is asked for', async (t) => {
  const proxy = await proxyTo(t, await echo(t))
  const client = clientOf(t, proxy)
  const body = Buffer.from([1, 2, 3])
  proxy.spoil(true)
  t.strictSame(await post(client, body), Buffer.from([1, 2, 2]))
  proxy.spoil(false)
  t.strictSame(await post(client, body), body)
})

t.test('down, it cuts off and refuses; up, it has the same address', async (t) => {
  const proxy = await proxyTo(t, await echo(t))
  const { address } = proxy
  const client = clientOf(t, proxy)
  await post(client, Buffer.from([1]))
  const cutOff = new Promise<void>((resolve) => client.once('close', resolve))
  await proxy.down()
  await cutOff
  const refused = new Promise((resolve) => dial(splitHostPort(address)).once('error', resolve))
  t.match(await refused, { code: 'ECONNREFUSED' })
  await proxy.up(await echo(t))
  t.equal(proxy.address, address)
  await post(clientOf(t, proxy), Buffer.from([1]))
  t.equal(proxy.connections, 2)
  t.equal(proxy.requests.length, 2)
})

t.test('encrypted bytes are passed on, and only connections counted', async (t) => {
  const proxy = await proxyTo(t, await echo(t), true)
  t.strictSame(await post(clientOf(t, proxy), Buffer.from([5])), Buffer.from([5]))
  t.equal(proxy.connections, 1)
  t.equal(proxy.requests.length, 0)
})
