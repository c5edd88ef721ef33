/**
 * `npm run reliability -- NAME… [--seed N] [--store URL] [--OPTION N]…`: runs in their long form. `--short`: in the form that
 * CI runs; without names all of them. `--long` without names: all of them in the long form, which takes hours. A line per run
 * with its figures; the last line counts runs. A failed run is repeated with the seed that it printed.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { inTime } from './in-time.js'
import { checkGiven, type Given, type Options, optionsOf, type Run, usage } from './options.js'
import { RunReport, Skipped } from './report.js'
import { RUNS } from './runs.js'

/** No short form takes as long: what does hangs, and the others shall still run. */
const SHORT_MAX_MS = 5 * 60_000

const isCi = process.env['CI'] === 'true'
const counts = { passed: 0, failed: 0, skipped: 0 }
let underWay = ''

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.on('uncaughtException', (error) => {
  print(`not ok ${underWay}: a fault of the run itself: ${error.stack}`)
  counts.failed += 1
  end()
})

const { runs, form, given } = asked()
for (const run of runs) await execute(run)
end()

function asked(): { readonly runs: readonly Run[]; readonly form: 'short' | 'long'; readonly given: Given } {
  const strings = ['seed', 'store', ...RUNS.flatMap(({ long }) => Object.keys(long))]
  const text = Object.fromEntries(strings.map((name) => [name, { type: 'string' as const }]))
  const flags = { short: { type: 'boolean' as const }, long: { type: 'boolean' as const } }
  try {
    const { values, positionals } = parseArgs({ options: { ...text, ...flags }, allowPositionals: true })
    const { short, long, ...given } = values
    if (positionals.length === 0 && short !== true && long !== true) throw new Error('name a run, or --short')
    const unknown = positionals.filter((name) => !RUNS.some((run) => run.name === name))
    if (unknown.length > 0) throw new Error(`no run ${unknown.join(', ')}`)
    const runs = RUNS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
    const form = short === true ? 'short' : 'long'
    const strings = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    checkGiven(runs, strings)
    // Refused before the first of them has run for half an hour.
    for (const run of runs) optionsOf(run, form, strings, 1)
    return { runs, form, given: strings }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage(RUNS)}`)
    process.exit(2)
  }
}

async function execute(run: Run): Promise<void> {
  const options = optionsOf(run, form, given, randomInt(2 ** 31))
  underWay = `${run.name} --seed ${options.seed}`
  print(`# ${run.name}: ${run.what} (${said(options)})`)
  const report = new RunReport(print)
  const began = performance.now()
  try {
    const work = run.run(options, report)
    await (form === 'short' ? inTime(work, SHORT_MAX_MS, 'the end of the run') : work)
  } catch (error) {
    if (error instanceof Skipped) {
      counts[isCi ? 'failed' : 'skipped'] += 1
      print(`NOT RUN ${run.name}: ${error.message}${isCi ? '; in CI that is a failure' : ''}`)
      return
    }
    report.check(false, error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const isGood = report.faults.length === 0
  counts[isGood ? 'passed' : 'failed'] += 1
  const seconds = Math.round((performance.now() - began) / 1000)
  print(`${isGood ? 'ok' : 'not ok'} ${underWay} in ${seconds} s: ${report.line()}`)
  for (const fault of report.faults) print(`  ${run.name}: ${fault}`)
  for (const line of report.tables) print(line)
}

function said(options: Options): string {
  return Object.entries(options)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')
}

/** What a failed run left open must not keep the process. */
function end(): never {
  print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exit(counts.failed === 0 ? 0 : 1)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
