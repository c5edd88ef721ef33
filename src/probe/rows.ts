import { nearest } from '../config/nearest.js'
import { atomixCompanionRows } from './atomix/companions.js'
import { atomixRows } from './atomix/session.js'
import { GROUPS, type Row } from './row.js'
import { UsageError } from './usage.js'
import { cRow, cxRow } from './v1/c.js'
import { dRow } from './v1/d.js'
import { e2Row, p2Row, p3Row } from './v1/e2.js'
import { a0Row } from './v1-legacy/a0.js'
import { a1Row, a2Row } from './v1-legacy/a1-a2.js'
import { a3Row } from './v1-legacy/a3.js'
import { bRow } from './v1-legacy/b.js'
import { v2CompanionRows } from './v2/companions.js'
import { v2Rows } from './v2/create.js'
import { f0Row } from './v2/f0.js'

/** Every row of the table, oldest clients first. */
export const ROWS: readonly Row[] = [
  a0Row,
  a1Row,
  a2Row,
  a3Row,
  bRow,
  cRow,
  cxRow,
  dRow,
  e2Row,
  p2Row,
  p3Row,
  f0Row,
  ...v2Rows,
  ...atomixRows,
  ...v2CompanionRows,
  ...atomixCompanionRows,
]

/** The rows of names such as `a2,c,v2,atomix`, in the order of the table. Throws a UsageError. */
export function rowsOf(only: string): Row[] {
  const names = only
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  if (names.length === 0) throw new UsageError('names no row')
  const known = [...GROUPS, ...ROWS.map(({ name }) => name)]
  const stranger = names.find((name) => !known.includes(name))
  if (stranger !== undefined) {
    throw new UsageError(
      `no row is named ${JSON.stringify(stranger)}; the nearest is ${nearest(stranger, known)}; there are ${known.join(', ')}`,
    )
  }
  return ROWS.filter(({ name, group }) => names.includes(name) || names.includes(group))
}
