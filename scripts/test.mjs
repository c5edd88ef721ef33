// Runs the tests of build/ (or those named) with tap and ends with one line of counts: "N passed, N failed, N skipped".
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const tap = fileURLToPath(new URL('run.mjs', import.meta.resolve('tap')))

// The plugin set of .taprc has to be built once after a fresh install.
if (!existsSync('.tap/plugins')) spawnSync(process.execPath, [tap, 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })

const run = spawn(process.execPath, [tap, 'run', '--reporter=base', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let tail = ''
run.stdout.on('data', (chunk) => {
  process.stdout.write(chunk)
  tail = (tail + chunk).slice(-2000)
})
const [code] = await once(run, 'close')

const summary = /# \{ (total: .*?) \}/.exec(tail)?.[1] ?? ''
const count = (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
console.log(`${count('pass')} passed, ${count('fail')} failed, ${count('skip') + count('todo')} skipped`)
process.exitCode = code === 0 && count('pass') > 0 ? 0 : 1
