import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { cutOff } from '../../src/commands/cut-off.js'
import { AtomixClient } from '../clients/atomix.js'
import { atomixPath } from '../reliability/atomix-calls.js'
import { GatewayProcess } from '../reliability/gateway-process.js'
import { unaryRequests } from '../reliability/valid-requests.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'

/** Throws where nobody catches, when it is asked to. */
const FAULTY = encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('a fault') })")
const ENV = { NODE_OPTIONS: `--import data:text/javascript,${FAULTY}` }
/** Half of them are much work, so that a transaction often waits for the event loop when the signal comes. */
const CALLS = 300
const ROUNDS = 2

const WAYS: readonly {
  readonly name: string
  readonly signals: readonly NodeJS.Signals[]
  readonly settings: Readonly<Record<string, string>>
  readonly code: number
}[] = [
  {
    name: 'a second signal',
    signals: ['SIGTERM', 'SIGINT'],
    settings: { 'shutdown.grace': '20s', 'shutdown.timeout': '30s' },
    code: 1,
  },
  {
    name: 'the end of shutdown.timeout',
    signals: ['SIGTERM'],
    settings: { 'shutdown.grace': '0', 'shutdown.timeout': '100ms' },
    code: 0,
  },
  { name: 'a fault that nobody caught', signals: ['SIGUSR2'], settings: {}, code: 1 },
]

for (const { name, signals, settings, code } of WAYS) {
  // Without care some of them would wait for ever: for the thread of LMDB, which waits for them.
  t.test(`${name} ends the process in the middle of transactions`, async (t) => {
    const requests = unaryRequests(new SeededRandom(1), 10n ** 15n)
    const path = atomixPath('OpenSession')
    const open = { path, request: new AtomixClient({ version: 'v0.4.1', partition: 1 }).request('OpenSession') }
    for (let round = 0; round < ROUNDS; round++) {
      const gateway = await GatewayProcess.start({ store: 'lmdb:./data', settings, env: ENV })
      t.teardown(() => gateway.dispose())
      const grpc = new GrpcClient(gateway.address)
      const calls = Array.from({ length: CALLS }, (_, n) => {
        const { path, request } = (n % 2 === 0 ? undefined : requests[n % requests.length]) ?? open
        return grpc.unary(path, request)
      })
      await Promise.race(calls)
      for (const signal of signals) gateway.kill(signal)
      t.same(await gateway.exited, { code, signal: null })
      await Promise.all(calls)
      grpc.close()
    }
  })
}

t.test('a process that is stuck is killed', async (t) => {
  const module = new URL('../../src/commands/cut-off.js', import.meta.url).href
  const script = `import { cutOff } from '${module}'; await cutOff(Promise.resolve({ stop: () => new Promise(() => {}) }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  t.same(await once(child, 'exit'), [null, 'SIGKILL'])
})

t.test('there is nothing to cut off in a gateway that did not start', async () => {
  await cutOff(undefined)
  await cutOff(Promise.reject(new Error('the address is in use')))
})
