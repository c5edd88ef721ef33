import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { CHAIN_FORMS } from '../../src/decode/chained-signatures.js'
import { explain, type MessageExplanation, type SignatureExplanation } from '../../src/decode/index.js'
import { reasonClass } from '../crypto/vectors.js'
import { only } from '../support/explained.js'
import { bytesOf, type V1Vector, v1File, v2File } from '../support/vectors.js'

/** Every signature of the vectors: valid or why not, by whom, over which bytes, in which form. */

const v1 = v1File().vectors
const { vectors: v2, tokens } = v2File()
const verifier = new SignatureVerifier()

function explained({ hex, path }: { hex: string; path?: string }): MessageExplanation {
  return only(explain(bytesOf(hex), { verifier, ...(path === undefined ? {} : { path }) }))
}

/** Vectors that list some of their signatures only. */
const LISTED_IN_PART = /^e1-verify-origin-5$|chain-depth|chain-longer-than|signature-at-outer-level/

// ---- v1 -------------------------------------------------------------------------------------------------------------

/** `request[0]`, `verify.token`, `key`: what the vector calls the signature. */
function findV1(kind: string, { dialect }: V1Vector, found: readonly SignatureExplanation[]) {
  const [, name = '', index = '0'] = /^([a-z.]+)(?:\[(\d+)\])?$/.exec(kind) ?? []
  const inVerify = name.startsWith('verify.')
  const wanted = inVerify
    ? name.slice('verify.'.length)
    : name === 'origin' && /^A/.test(dialect)
      ? 'request-origin'
      : name
  return found.filter(
    (signature) =>
      signature.kind === wanted &&
      signature.index === Number(index) &&
      signature.place.startsWith('Verify.Token') === (inVerify && wanted === 'token'),
  )
}

/** From api-go v1.2.0 on a signature covers the keys of those before it. */
function validByVariant({ valid, form, index }: SignatureExplanation, { variant = '', name }: V1Vector): boolean {
  const rule =
    /v1\.[23]/.test(variant) || name.endsWith('-c12')
      ? CHAIN_FORMS.keys
      : /^api-go/.test(variant)
        ? CHAIN_FORMS.same
        : form
  return valid && (index === 0 || form === rule)
}

t.test('v1', async (t) => {
  let count = 0
  for (const vector of v1) {
    const { name, signatures } = vector
    if (signatures.length === 0) continue
    const found = explained(vector)
    for (const { kind, signer, signed, valid } of signatures) {
      const [signature, ...more] = findV1(kind, vector, found.signatures)
      if (signature === undefined || more.length > 0) {
        t.fail(`${name}: ${kind} was found ${more.length === 0 ? 'nowhere' : 'twice'}`)
        continue
      }
      count++
      t.equal(validByVariant(signature, vector), valid, `${name}: ${kind}, ${signature.reason ?? signature.form}`)
      t.equal(signature.signer?.key, signer, `${name}: ${kind}, signer`)
      if (valid) t.equal(signature.signed, signed, `${name}: ${kind}, signed bytes`)
      else t.not(signature.reason ?? signature.form, undefined, `${name}: ${kind}, says why`)
    }
    if (!LISTED_IN_PART.test(name)) t.equal(found.signatures.length, signatures.length, `${name}: all of them`)
  }
  t.ok(count > 240, `${count} signatures`)
})

t.test('v1, why a signature is not valid', async (t) => {
  const table: Readonly<Record<string, string>> = {
    'neg-signature-broken-a1': 'signature mismatch',
    'neg-signature-64-bytes-c12': 'signature form',
    'neg-signature-peer-off-curve-c10': 'decode public key from binary: encoded point is not on the P256 curve',
    'neg-signature-peer-swapped-c12': 'signature mismatch',
  }
  for (const [name, reason] of Object.entries(table)) {
    const vector = v1.find((one) => one.name === name)
    t.same(
      vector &&
        explained(vector)
          .signatures.filter(({ valid }) => !valid)
          .map((one) => one.reason),
      [reason],
      name,
    )
  }
})

t.test('an owner whose key is nowhere on the wire is recovered', async (t) => {
  const vector = v1.find(({ name }) => name === 'a0-full-signed')
  const found = vector && explained(vector)
  t.match(found?.signatures, [
    { kind: 'key', place: 'Signed.Header.KeySignature', signer: { from: 'recovered' }, issuer: { isSigner: true } },
    { kind: 'token', place: 'Signed.Signature', signer: { from: 'recovered' }, issuer: { isSigner: true } },
  ])
  t.match(
    found?.keys.map(({ valid }) => valid),
    [true, true],
    'session key and owner key',
  )
})

// ---- v2 -------------------------------------------------------------------------------------------------------------

const FORMS: Readonly<Record<string, string>> = { canonical: 'received', 'without field 9': 'without-field-9' }

t.test('v2', async (t) => {
  let count = 0
  for (const vector of v2) {
    const { name, signatures, decoded } = vector
    if (decoded === null) continue
    const found = explained(vector)
    if (!found.decoded) continue
    const checked = found.signatures.filter(({ kind, checked }) => checked && ['body', 'meta', 'origin'].includes(kind))
    for (const { part, depth, signed, valid, form, why } of signatures) {
      const signature = checked.find(({ kind, index }) => kind === part && index === Number(depth))
      count++
      t.equal(signature?.valid, valid, `${name}: ${part} at ${depth}, ${signature?.reason ?? signature?.form}`)
      if (valid) t.equal(signature?.form, FORMS[form ?? ''] ?? form, `${name}: ${part} at ${depth}, form`)
      else t.equal(reasonClass(signature?.reason), reasonClass(why), `${name}: ${part} at ${depth}, reason`)
      if (!signed.startsWith('(')) t.equal(signature?.signed, signed, `${name}: ${part} at ${depth}, signed bytes`)
    }
    if (!LISTED_IN_PART.test(name)) t.equal(checked.length, signatures.length, `${name}: all of them`)
    const accepted = vector.expect.outcome !== 'rejected' || !/signature|verification header/.test(vector.expect.reason)
    if (found.verdict !== undefined && vector.message === 'request' && vector.expect.outcome !== 'policy') {
      t.equal(found.verdict.valid, accepted, `${name}: verdict ${found.verdict.reason}, ${vector.expect.reason}`)
    }
  }
  t.ok(count > 800, `${count} signatures`)
})

// ---- tokens ---------------------------------------------------------------------------------------------------------

t.test('tokens alone', async (t) => {
  for (const { name, hex, kind, signed, signatureValid, issuerMatchesSigner } of tokens) {
    const { signatures, verdict } = explained({ hex })
    const [top] = signatures
    if (top === undefined) {
      t.equal(signatureValid, false, `${name}: has none`)
      t.match(verdict, { valid: false, reason: 'missing signature' }, name)
      continue
    }
    t.equal(
      signatures.every(({ valid }) => valid),
      signatureValid,
      `${name}: ${top.reason ?? 'valid'}`,
    )
    t.equal(top.signed, signed, `${name}: signed bytes`)
    if (kind !== 'v2') t.equal(top.issuer?.isSigner, issuerMatchesSigner, `${name}: issuer`)
  }
})
