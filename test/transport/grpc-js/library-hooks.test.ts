import { Server, ServerCredentials } from '@grpc/grpc-js'
import t from 'tap'
import { hookLibrary } from '../../../src/transport/grpc-js/library-hooks.js'

const http2 = { settings: { maxHeaderListSize: 1000 }, streamResetBurst: 1, streamResetRate: 1 }
const off = { 'grpc.enable_channelz': 0 }
const nothing = (): void => {}
const observer = { session: nothing, stream: nothing }

t.test('the hooks are taken by the library in use', async (t) => {
  const server = new Server(off)
  const hooks = hookLibrary(server, http2, observer, nothing)
  t.throws(() => hooks.verify(), /without the hook "_streamHandler"/, 'not before it made its HTTP/2 server')
  server.createConnectionInjector(ServerCredentials.createInsecure())
  hooks.verify()
})

t.test('a library that goes another way is found out', async (t) => {
  // With its statistics on, grpc-js opens calls in another method.
  const server = new Server()
  const hooks = hookLibrary(server, http2, observer, nothing)
  server.createConnectionInjector(ServerCredentials.createInsecure())
  t.throws(() => hooks.verify(), /without the hook "_streamHandler".*1\.14/)
})

t.test('a library without the expected parts is refused', async (t) => {
  for (const [part, changed] of [
    ['_streamHandler', undefined],
    ['_streamHandler', (stream: unknown) => stream],
    ['_setupHandlers', undefined],
    ['_setupHandlers', (server: unknown) => server],
    ['commonServerOptions', undefined],
  ] as const) {
    const server = new Server(off)
    Object.defineProperty(server, part, { value: changed })
    t.throws(() => hookLibrary(server, http2, observer, nothing), new RegExp(`${part}.*1\\.14`))
  }
})
