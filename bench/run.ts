// `npm run bench [NAME…]`: every bench, or those named. Figures are ratios against a baseline of the same run.
import { run as crypto } from './crypto.js'
import { run as sessions } from './sessions.js'
import { run as wire } from './wire.js'

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { crypto, wire, sessions }

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => BENCHES[name] === undefined)
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`)
for (const [name, run] of Object.entries(BENCHES)) if (wanted.length === 0 || wanted.includes(name)) await run()
