import t from 'tap'
import { GatewayProcess } from '../../reliability/gateway-process.js'
import { SteadyClient } from '../../reliability/steady-client.js'
import { type Done, runCli } from '../../support/run-cli.js'
import { tempFolder } from '../../support/temp-folder.js'

const ROUNDS = 3

t.test('beside a gateway that is busy: stats, check and export work, import and rekey are refused', async (t) => {
  const cwd = tempFolder(t)
  const gateway = await GatewayProcess.start({ store: 'lmdb:./data', directory: cwd, settings: { epoch: 'fixed:1' } })
  t.teardown(() => gateway.dispose())
  const store = (...args: readonly string[]): Promise<Done> => runCli(['store', ...args], { cwd })
  const clients = new SteadyClient({ address: gateway.address, seed: 3, width: 4, pause_ms: 1 }, 1000n).start()
  t.teardown(() => clients.stop())
  for (let round = 0; round < ROUNDS; round += 1) {
    const [stats, check, exported] = await Promise.all([
      store('stats'),
      store('check'),
      store('export', `${round}.jsonl`),
    ])
    t.match(stats, { code: 0, err: '', out: new RegExp(`used by +process ${gateway.pid}\\b`) })
    t.match(check, { code: 0, err: '', out: /is whole: \d+/ })
    t.match(exported, { code: 0, out: '' })
  }
  const refused = { code: 3, out: '', err: new RegExp(`in use by process ${gateway.pid}\\b.*stop every gateway`) }
  t.match(await store('rekey'), refused)
  t.match(await store('import', '0.jsonl'), refused)
  await clients.stop()
  t.match(clients.take(), { failed: 0, reasons: [] }, 'nobody outside felt it')
  gateway.kill('SIGTERM')
  t.match(await gateway.exited, { code: 0 })
  await Promise.all(
    Array.from({ length: ROUNDS }, async (_, round) => {
      const into = ['--store', `lmdb:./copy-${round}`, '--source-key', 'file:data.key']
      t.match(await store('import', `${round}.jsonl`, ...into), { code: 0 })
      t.match(await store('check', '--store', `lmdb:./copy-${round}`), { code: 0 })
    }),
  )
})
