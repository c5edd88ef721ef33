import { chaos } from './chaos.js'
import { damage } from './damage.js'
import { drain } from './drain.js'
import { failures } from './failures.js'
import { floods } from './floods.js'
import { fuzz } from './fuzz.js'
import { kill } from './kill.js'
import type { Run } from './options.js'
import { powercut } from './powercut.js'
import { simulate } from './simulate.js'
import { soak } from './soak.js'
import { vanish } from './vanish.js'

/** Every reliability run. One more is a file of this folder and a line here. */
export const RUNS: readonly Run[] = [
  fuzz,
  vanish,
  floods,
  soak,
  damage,
  failures,
  drain,
  kill,
  powercut,
  simulate,
  chaos,
]
