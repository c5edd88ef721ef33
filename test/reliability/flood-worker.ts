/** A thread of hostile clients: in a loop of their own, so that what they do does not delay those who measure. */
import { parentPort, workerData } from 'node:worker_threads'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { FLOODS } from './flood-list.js'

const AttackSchema = Type.Object({
  name: Type.String(),
  address: Type.String(),
  seed: Type.Number(),
  size: Type.Number(),
  expiration: Type.BigInt(),
  seconds: Type.Number(),
})

const asked: unknown = workerData
if (!Value.Check(AttackSchema, asked)) throw new TypeError('not an attack')
const { name, seconds, ...ground } = asked
const flood = FLOODS.find((one) => one.name === name)
if (flood === undefined) throw new RangeError(`no flood ${name}`)
let end: number | undefined
const isOver = (): boolean => {
  // It begins with the first question: preparing takes time, too.
  end ??= performance.now() + seconds * 1000
  return performance.now() > end
}
parentPort?.postMessage(await flood.attack({ ...ground, isOver }))
