import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { explain, KNOWN_PATHS, render } from '../../src/decode/index.js'
import { everyField } from '../support/explained.js'
import { Mutations } from '../support/mutations.js'
import { atomixFile, bytesOf, hexOf, v1File, v2File } from '../support/vectors.js'

const RUNS = 2000

const files = [v1File().vectors, v2File().vectors, v2File().tokens, atomixFile().vectors]
const messages = files.flat().map(({ hex }) => bytesOf(hex))

t.test(`${RUNS} damaged messages are explained`, async (t) => {
  const mutations = new Mutations(2024, messages)
  const verifier = new SignatureVerifier()
  let decodedCount = 0
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutations.next()
    const path = mutations.pick(['', '', ...KNOWN_PATHS])
    const name = `${hexOf(bytes)} ${path}`
    try {
      const explanation = explain(bytes, { verifier, ...(path === '' ? {} : { path }) })
      const text = render(explanation, { colour: true })
      if (text.includes('undefined') || text.includes('[object')) t.fail(`${name}: ${text}`)
      t.same(JSON.parse(JSON.stringify(explanation)), explanation, `${name}: plain JSON`)
      const { decoded, frameError } = explanation
      if (decoded) decodedCount++
      const told =
        frameError !== undefined || explanation.messages.some(({ error, kind }) => error ?? kind === undefined)
      t.equal(!decoded, told, `${name}: says why`)
      for (const { fields, size } of explanation.messages) {
        for (const field of everyField(fields)) {
          if (field.offset < 0 || field.offset + field.size > size)
            t.fail(`${name}: field ${field.number} lies outside`)
        }
      }
    } catch (error) {
      t.fail(`${name}: ${error instanceof Error ? error.stack : error}`)
    }
  }
  t.ok(decodedCount > RUNS / 20 && decodedCount < RUNS * 0.8, `both happen: ${decodedCount} decode`)
})
