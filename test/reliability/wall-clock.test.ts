import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { AdminClient } from './admin-client.js'
import { GatewayProcess } from './gateway-process.js'
import { MANUAL_EPOCH } from './settings.js'

const HOUR_MS = 3_600_000
/** What reading a line may take on a busy machine. */
const SLACK_MS = 60_000

const LineSchema = Type.Object({ time: Type.String(), message: Type.Literal('epoch set') })

t.test('the wall clock of a gateway is set while it runs, and is as it was set at its next start', async (t) => {
  const directory = t.testdir({ offset: String(-HOUR_MS) })
  const gateway = await GatewayProcess.start({
    args: MANUAL_EPOCH,
    directory,
    env: {
      NODE_OPTIONS: `--import ${new URL('./wall-clock.js', import.meta.url).href}`,
      WALL_CLOCK_FILE: join(directory, 'offset'),
    },
  })
  t.teardown(() => gateway.dispose())
  const offBy = async (): Promise<number> => {
    const before = gateway.lines.length
    await new AdminClient(gateway.admin).setEpoch(11n)
    for (;;) {
      for (const line of gateway.lines.slice(before)) {
        const entry: unknown = JSON.parse(line)
        if (Value.Check(LineSchema, entry)) return Date.parse(entry.time) - Date.now()
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  t.ok(Math.abs((await offBy()) + HOUR_MS) < SLACK_MS, 'at the start')
  writeFileSync(join(directory, 'offset'), String(HOUR_MS))
  gateway.kill('SIGUSR2')
  let off_ms = await offBy()
  // A signal arrives when it arrives.
  while (off_ms < 0) off_ms = await offBy()
  t.ok(Math.abs(off_ms - HOUR_MS) < SLACK_MS, 'after it was set')
})
