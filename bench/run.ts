// `npm run bench [-- NAME…] [--sessions N]`: every bench, or those named. Figures are ratios against a baseline of the same run.
import { parseArgs } from 'node:util'
import { run as crypto } from './crypto.js'
import { run as sessions } from './sessions.js'
import { run as store } from './store.js'
import { run as wire } from './wire.js'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { sessions: { type: 'string' } } })
/** Live sessions of the bench of the store. */
const live = values.sessions === undefined ? undefined : Number(values.sessions)

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { crypto, wire, sessions, store: () => store(live) }

const unknown = positionals.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`)
for (const [name, run] of Object.entries(BENCHES)) {
  if (positionals.length === 0 || positionals.includes(name)) await run()
}
