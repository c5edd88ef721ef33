import { join } from 'node:path'
import t from 'tap'
import { tempFolder } from '../support/temp-folder.js'
import { lineOf } from './history.js'
import { simulate } from './simulation.js'

// The run `simulate` does many; here are a few, and that a failing one can be repeated.

const SEEDS = [1, 2, 3, 4]
const STEPS = 60

for (const engine of ['memory', 'lmdb'] as const) {
  t.test(`${engine}: nothing differs from the model, and a seed does the same again`, async (t) => {
    const folder = tempFolder(t)
    for (const seed of SEEDS) {
      const run = async (round: number) => {
        const directory = engine === 'lmdb' ? join(folder, `${seed}-${round}`) : undefined
        const { difference, history } = await simulate({ seed, steps: STEPS, directory })
        t.equal(difference, undefined, `seed ${seed}`)
        return history.map(lineOf)
      }
      t.strictSame(await run(1), await run(2), `seed ${seed} again`)
    }
  })
}
