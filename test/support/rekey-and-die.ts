/** Seals a store anew and is killed behind a batch: `node rekey-and-die.js DIRECTORY WRAPPING_KEY NEW_WRAPPING_KEY BATCHES`. */
import { reseal } from './resealed.js'

const [, , directory = '', before = '', after = '', batches = ''] = process.argv
let done = 0
await reseal(directory, Buffer.from(before, 'hex'), Buffer.from(after, 'hex'), () => {
  done += 1
  if (done === Number(batches)) process.kill(process.pid, 'SIGKILL')
})
