import { runCase } from './case.js'
import type { GenuineClient } from './clients.js'
import type { Row } from './row.js'
import { STACK_CASES } from './stacks/cases.js'
import type { Dialect } from './stacks/dialects.js'
import { java } from './stacks/java.js'
import { python } from './stacks/python.js'
import type { Stack } from './stacks/stack.js'

/** Clients on other implementations of gRPC, generated from `protos/`: other HTTP/2 stacks find other bugs. */

const STACKS: readonly Stack[] = [python, java]

/** One row per client and case; one for all of a stack that can't be built here. */
export async function runOtherStacks(onRow: (row: Row) => void = () => {}): Promise<Row[]> {
  const rows: Row[] = []
  const tell = (row: Row) => {
    rows.push(row)
    onRow(row)
  }
  for (const stack of STACKS) await runStack(stack, tell)
  return rows
}

async function runStack(stack: Stack, tell: (row: Row) => void): Promise<void> {
  const { title: client, version } = stack
  const missing = stack.missing()
  if (missing !== undefined) {
    tell({ client, version, case: 'all', result: 'skipped', detail: `there is no ${missing} here` })
    return
  }
  let programs: ReadonlyMap<Dialect, string>
  try {
    programs = stack.build()
  } catch (error) {
    tell({ client, version, case: 'is built', result: 'fails', detail: String(error) })
    return
  }
  for (const [dialect, program] of programs) {
    for (const row of await runDialect(stack, dialect, program)) tell(row)
  }
}

/** The cases mostly wait, so those of one client run together. */
async function runDialect(stack: Stack, dialect: Dialect, program: string): Promise<Row[]> {
  const { title, version } = stack
  const client: GenuineClient = { folder: dialect.name, module: title, version, generation: dialect.generation }
  const cases = STACK_CASES.filter(({ appliesTo }) => appliesTo(client))
  return Promise.all(
    cases.map(async (one): Promise<Row> => {
      const row = { client: `${title}, ${dialect.title}`, version, case: one.name }
      try {
        await runCase(one, client, program)
        return { ...row, result: 'works', detail: '' }
      } catch (error) {
        return { ...row, result: 'fails', detail: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
}
