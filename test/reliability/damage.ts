import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '../support/seeded-random.js'
import { Child, ChildDied } from './child.js'
import type { Common, Run } from './options.js'
import { pickWeighted } from './pick.js'
import type { Report } from './report.js'
import type { Answer, Asked } from './store-child.js'

type DamageOptions = {
  /** Places where a file is cut or one bit of it flipped. */
  readonly places: number
  /** In the store that is damaged. */
  readonly sessions: number
  /** Written to every store that still opens. */
  readonly more: number
}

/** Of the data directory and beside it; how often each is damaged. */
const FILES = [
  [16, 'data/data.mdb'],
  [1, 'data/clean.mark'],
  [2, 'data/lock.mdb'],
  [1, 'data.key'],
] as const
/** The file itself is kept by a refusal to the last bit; LMDB may write its lock file at any time. */
const KEPT = ['data/data.mdb', 'data/clean.mark', 'data.key']
const FAULTS_SHOWN = 10

interface Damage {
  readonly base: 'closed' | 'killed'
  readonly file: string
  readonly kind: 'cut' | 'bit'
  /** Bytes that are left, or the bit that is flipped. */
  readonly at: number
}

export const damage: Run<DamageOptions> = {
  name: 'damage',
  what: 'every file of the store cut or one bit of it flipped: what is read is right, or it is refused with a message',
  short: { places: 150, sessions: 500, more: 200 },
  long: { places: 500, sessions: 500, more: 200 },

  async run(options, report) {
    const folder = mkdtempSync(join(tmpdir(), 'session-gateway-'))
    const child = new Child<Asked>(new URL('./store-child.js', import.meta.url))
    try {
      for (const base of ['closed', 'killed'] as const) await makeBase(child, folder, base, options)
      await damageAll(child, folder, options, report)
    } finally {
      child.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** A store that was closed, and one whose process was killed. */
async function makeBase(child: Child<Asked>, folder: string, base: Damage['base'], options: DamageOptions & Common) {
  const directory = join(folder, base, 'data')
  const expected = join(folder, `${base}.json`)
  const { seed, sessions } = options
  await child.ask({ kind: 'make', directory, expected, seed, sessions, close: base === 'closed' })
  child.kill()
}

async function damageAll(
  child: Child<Asked>,
  folder: string,
  { seed, places, more }: DamageOptions & Common,
  report: Report,
): Promise<void> {
  const random = new SeededRandom(seed)
  const counts = new Map<string, { read: number; refused: number }>()
  let died = 0
  let wrong = 0
  for (let place = 0; place < places; place += 1) {
    const done = damageOf(random, folder)
    const what = `${done.kind} ${done.at} of ${done.file} of the store that was ${done.base}`
    const said = await tryOne(child, folder, done, { seed: seed + 1 + place, more })
    const count = counts.get(done.file) ?? { read: 0, refused: 0 }
    counts.set(done.file, count)
    if (said instanceof ChildDied) died += 1
    else if (said.faults.length > 0) wrong += 1
    else if (said.refused === undefined) count.read += 1
    else count.refused += 1
    const faults = said instanceof ChildDied ? [said.message] : said.faults
    if (died + wrong <= FAULTS_SHOWN) for (const fault of faults) report.check(false, `${what}: ${fault}`)
    if ((place + 1) % 100 === 0) report.progress(`${place + 1} places`)
  }
  report.figure('places', places)
  for (const [file, { read, refused }] of counts) report.figure(file, `${read} read, ${refused} refused`)
  report.figure('wrong', wrong)
  report.figure('died', died)
  report.check(died + wrong === 0, `${wrong} wrong, ${died} died`)
}

function damageOf(random: SeededRandom, folder: string): Damage {
  const base = random.below(2) === 0 ? 'closed' : 'killed'
  const file = pickWeighted(
    random,
    FILES.filter(([, file]) => existsSync(join(folder, base, file))),
  )
  const size_bytes = readFileSync(join(folder, base, file)).length
  return random.below(4) === 0
    ? { base, file, kind: 'cut', at: random.below(size_bytes) }
    : { base, file, kind: 'bit', at: random.below(size_bytes * 8) }
}

async function tryOne(
  child: Child<Asked>,
  folder: string,
  { base, file, kind, at }: Damage,
  { seed, more }: { seed: number; more: number },
): Promise<Answer | ChildDied> {
  const work = join(folder, 'work')
  cpSync(join(folder, base), work, { recursive: true })
  const bytes = readFileSync(join(work, file))
  if (kind === 'bit') bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7))
  writeFileSync(join(work, file), kind === 'cut' ? bytes.subarray(0, at) : bytes)
  const before = contentOf(work)
  try {
    const said = answerOf(
      await child.ask({
        kind: 'try',
        directory: join(work, 'data'),
        expected: join(folder, `${base}.json`),
        seed,
        more,
      }),
    )
    if (said.refused === undefined) return said
    const faults = said.refused.includes(work) && !said.refused.includes('\n') ? [] : [`refused with: ${said.refused}`]
    if (contentOf(work) !== before) faults.push('it was refused, and changed')
    return { ...said, faults }
  } catch (error) {
    if (error instanceof ChildDied) return error
    throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function contentOf(folder: string): string {
  return KEPT.map((file) => join(folder, file))
    .map((path) => (existsSync(path) ? readFileSync(path, 'hex') : 'none'))
    .join()
}

function answerOf(said: unknown): Answer {
  if (typeof said === 'object' && said !== null && 'faults' in said && Array.isArray(said.faults)) {
    const refused = 'refused' in said ? { refused: String(said.refused) } : {}
    return { ...refused, faults: said.faults.map(String) }
  }
  throw new Error(`no answer: ${JSON.stringify(said)}`)
}
