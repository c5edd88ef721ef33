// Runs genuine client libraries against the gateway and writes docs/compatibility.md. `--only TEXT` takes those clients whose
// folder has TEXT in its name, and writes nothing. The last line counts cases.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '../support/fixtures.js'
import { ATOMIX_CASES } from './atomix-cases.js'
import { runBackendGo } from './backend-go.js'
import { build, differingCopies, goVersion } from './build.js'
import { type Case, runCase } from './case.js'
import { CLIENTS, type GenuineClient } from './clients.js'
import { runGenuineAtomix } from './genuine-atomix.js'
import { NEOFS_CASES } from './neofs-cases.js'
import { runOtherStacks } from './other-stacks.js'
import type { Row } from './row.js'
import { compatibilityPage, isBad, type Result, say } from './table.js'

/** Cases mostly wait; more at once would make them wait for each other. */
const CASES_AT_ONCE = 4

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values
const isCi = process.env['CI'] === 'true'

const clients = CLIENTS.filter(({ folder }) => only === undefined || folder.includes(only))
const planned = clients.flatMap((client) =>
  [...NEOFS_CASES, ...ATOMIX_CASES].filter((one) => one.appliesTo(client)).map((one) => ({ client, case: one })),
)

const go = goVersion()
if (go === undefined) {
  print(
    `NOT RUN: there is no go on the PATH, so no genuine client could be built${isCi ? '; in CI that is a failure' : ''}`,
  )
  end({ passed: 0, failed: isCi ? planned.length : 0, skipped: isCi ? 0 : planned.length })
} else {
  await run()
}

async function run(): Promise<void> {
  const faults = differingCopies().map((file) => `test/interop/go/${file} differs from the other copies`)
  const binaries = new Map(clients.map((client) => [client, built(client)]))
  const results = await atOnce(CASES_AT_ONCE, planned, async ({ client, case: one }) => {
    const result = await resultOf(client, one, binaries.get(client) ?? new Error('not built'))
    print(`${isBad(result) ? 'not ok' : 'ok'} ${client.folder}: ${one.name}: ${say(result)}`)
    return result
  })
  const rows =
    only === undefined
      ? [...(await runOtherStacks(tell)), ...(await runGenuineAtomix({ onRow: tell })), ...(await runBackendGo(tell))]
      : []
  const skipped = rows.filter(({ result }) => result === 'skipped').length
  // A page with gaps would say less than the one that is there.
  if (only === undefined && skipped === 0) faults.push(...keep(compatibilityPage(results, rows)))
  for (const fault of faults) print(`not ok ${fault}`)
  const bad = results.filter(isBad).length + rows.filter(({ result }) => result === 'fails').length
  const failed = bad + faults.length + (isCi ? skipped : 0)
  end({ passed: results.length + rows.length - bad - skipped, failed, skipped: isCi ? 0 : skipped })
}

/** One of another stack, or of a comparison with a genuine server. */
function tell({ client, version, case: name, result, detail }: Row): void {
  print(`${result === 'works' ? 'ok' : 'not ok'} ${client} ${version}: ${name}: ${result}: ${detail}`)
}

function built(client: GenuineClient): string | Error {
  const began = performance.now()
  try {
    const binary = build(client)
    print(`built ${client.folder} in ${Math.round(performance.now() - began)} ms`)
    return binary
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function resultOf(client: GenuineClient, one: Case, binary: string | Error): Promise<Result> {
  const expected = one.knownFault?.(client)
  const result = { client, case: one.name, ...(expected === undefined ? {} : { expected }) }
  try {
    if (binary instanceof Error) throw binary
    await runCase(one, client, binary)
    return result
  } catch (error) {
    return { ...result, fault: error instanceof Error ? error.message : String(error) }
  }
}

/** Writes the page. In CI it has to be there already: a change of what works is one that people see and agree to. */
function keep(page: string): string[] {
  const file = join(projectRoot(), 'docs', 'compatibility.md')
  const before = readIfThere(file)
  if (before === page) return []
  writeFileSync(file, page)
  print('docs/compatibility.md has changed')
  return isCi ? ['docs/compatibility.md is not what this run gives: run npm run test:interop and commit it'] : []
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Results in the order of the items. */
async function atOnce<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  const queue = [...items.entries()]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next
      results.set(index, await work(item))
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return [...results.entries()].sort(([a], [b]) => a - b).map(([, result]) => result)
}

function end({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): void {
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
