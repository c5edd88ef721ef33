import t from 'tap'
import Type, { type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { type Explanation, explain, type FieldNode, InputError, PathError } from '../../src/decode/index.js'
import { everyField, only } from '../support/explained.js'
import { atomixFile, bytesOf, hexOf, v1File, v2File } from '../support/vectors.js'

const verifier = new SignatureVerifier()
const v1 = v1File().vectors
const v2 = v2File().vectors

function vector(name: string): { hex: string; path: string } {
  const found = [...v1, ...v2].find((one) => one.name === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return found
}

function explained(hex: string, path?: string) {
  return only(explain(bytesOf(hex), path === undefined ? {} : { path }))
}

// ---- the shape ------------------------------------------------------------------------------------------------------

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Hex = Type.String({ pattern: '^([0-9a-f]{2})*$' })
const closed = (properties: Record<string, TSchema>) => Type.Object(properties, { additionalProperties: false })
const maybe = (schema: TSchema) => Type.Optional(schema)

const Kind = closed({
  generation: Type.Union(['v1-legacy', 'v1', 'v2', 'atomix'].map((name) => Type.Literal(name))),
  dialect: Text,
  direction: Type.Union(['request', 'response', 'token'].map((name) => Type.Literal(name))),
  type: Text,
  paths: Type.Array(Text),
})
const BadByte = closed({ offset: Count, path: Text, reason: Text, expected: Text, found: Hex })
const OwnerIds = Type.Array(closed({ derivation: Text, text: Text, hex: Hex }))
const Signature = closed({
  kind: Text,
  place: Text,
  index: Count,
  covers: Text,
  scheme: Type.Integer(),
  schemeName: Text,
  signer: maybe(closed({ key: Hex, from: Text, ownerIds: OwnerIds })),
  valid: Type.Boolean(),
  form: maybe(Text),
  reason: maybe(Text),
  checked: Type.Boolean(),
  signedSize: Count,
  signed: maybe(Hex),
  issuer: maybe(closed({ owner: Hex, text: Text, isSigner: Type.Boolean() })),
})
const Field = closed({
  name: Text,
  number: Type.Integer({ minimum: 1 }),
  type: Text,
  offset: Count,
  size: Count,
  value: maybe(Type.Union([Type.Integer(), Type.Boolean(), Type.String({ pattern: '^-?[0-9]+$' })])),
  hex: maybe(Hex),
  text: maybe(Text),
  notes: maybe(Type.Array(Text, { minItems: 1 })),
  wireType: maybe(Count),
  fields: maybe(Type.Array(Type.Unknown())),
})
const Message = closed({
  offset: Count,
  size: Count,
  kind: maybe(Kind),
  reason: Text,
  alternatives: Type.Array(Kind),
  decoded: Type.Boolean(),
  fields: Type.Array(Type.Unknown()),
  fieldsLeftOut: Count,
  signatures: Type.Array(Signature),
  signaturesLeftOut: Count,
  verdict: maybe(closed({ rule: Text, valid: Type.Boolean(), reason: maybe(Text) })),
  keys: Type.Array(
    closed({ key: Hex, valid: Type.Boolean(), reason: maybe(Text), ownerIds: OwnerIds, places: Type.Array(Text) }),
  ),
  error: maybe(BadByte),
})
const Shape = closed({
  input: closed({ form: Text, size: Count, framed: Type.Boolean() }),
  decoded: Type.Boolean(),
  messages: Type.Array(Message),
  frameError: maybe(BadByte),
})

t.test('every explanation has the one shape', async (t) => {
  const all = [...v1, ...v2, ...v2File().tokens, ...atomixFile().vectors]
  for (const { name, hex } of all) {
    const explanation: Explanation = JSON.parse(JSON.stringify(explain(bytesOf(hex), { verifier })))
    const [fault] = Value.Errors(Shape, explanation)
    t.equal(fault, undefined, `${name}: ${fault?.instancePath} ${fault?.message}`)
    for (const message of explanation.messages) {
      for (const field of everyField(message.fields)) {
        if (!Value.Check(Field, field)) t.fail(`${name}: ${JSON.stringify(field)}`)
      }
    }
  }
})

// ---- values ---------------------------------------------------------------------------------------------------------

/** The field at a path of names. */
function at(fields: readonly FieldNode[], path: string): FieldNode | undefined {
  const [name, ...rest] = path.split('/')
  const field = fields.find((one) => one.name === name)
  return rest.length === 0 ? field : at(field?.fields ?? [], rest.join('/'))
}

t.test('values in the forms that people know', async (t) => {
  const request = explained(vector('create/apigo-v1.20.0').hex)
  t.match(at(request.fields, 'body/owner_id/value'), {
    type: 'bytes',
    text: 'Nhs8Fqmvq7v2UM98yi2ymctBnmJC2Phnyb',
    hex: '35f0c9174ab87450f3189399bb0855fa0aee462628a3d92ca6',
    notes: ['prefix 35, Neo 3', 'checksum valid', /^neo3-a id of key 026ff03b/],
  })
  t.match(at(request.fields, 'body/expiration'), { type: 'uint64', number: 2, value: '1000' })

  const response = explained(
    '0a1000112233445546778899aabbccddeeff1221026ff03b949241ce1dadd43519e6960e0a85b41a69a05c328103aa2bce1594ca16',
  )
  t.match(at(response.fields, 'ID'), { text: '00112233-4455-4677-8899-aabbccddeeff', notes: ['UUID version 4'] })
  t.match(at(response.fields, 'SessionKey'), { notes: ['valid public key'] })

  const token = explained(v2File().tokens.find(({ name }) => name === 'token/object-put-rc21')?.hex ?? '')
  t.match(at(token.fields, 'body/object/verb'), { type: 'enum', value: 1, text: 'PUT' })
  t.match(at(token.fields, 'body/object/target/container/value'), { text: /^[1-9A-HJ-NP-Za-km-z]{43,44}$/ })

  const init = explained(vector('a0-full-init').hex)
  t.match(at(init.fields, 'Init/LastEpoch'), { value: '18446744073709551615' })
  t.match(at(init.fields, 'Init/ObjectID'), { text: '00112233-4455-4677-8899-aabbccddeeff' })

  const damaged = explained(vector('neg-signature-peer-off-curve-c10').hex)
  t.match(damaged.keys, [
    { valid: false, reason: 'decode public key from binary: encoded point is not on the P256 curve', ownerIds: [] },
  ])
})

t.test('an owner of several keys', async (t) => {
  const { fields } = explained(vector('a2-two-owner-keys-signed').hex)
  t.match(at(fields, 'Signed/OwnerID')?.notes, ['prefix 17, Neo 2', 'checksum valid', /^neo2 id of any one of 2 keys/])
})

t.test('strings that are not UTF-8 are bytes', async (t) => {
  const { fields } = explained(vector('c12-extended-headers').hex)
  const strings = [...everyField(fields)].filter(({ type }) => type === 'string')
  t.ok(strings.some(({ text, hex }) => text !== undefined && hex === undefined))
  t.ok(strings.some(({ text, hex, notes }) => text === undefined && hex !== undefined && notes?.includes('not UTF-8')))
})

t.test('unknown fields keep number, wire type and bytes', async (t) => {
  // 15: a varint, 16: fixed64, 17: a string, 18: bytes, 19: a group that holds a varint, 20: fixed32
  const unknown =
    '78ac02' + '8101' + '0100000000000080' + '8a0103616263' + '92010200ff' + '9b01' + '0805' + '9c01' + 'a501ffffffff'
  const { fields } = explained(`0a023001${unknown}`, '/atomix.session.SessionService/KeepAlive')
  t.match(fields.slice(1), [
    { name: '', number: 15, type: 'unknown', wireType: 0, value: '300', hex: 'ac02', size: 3 },
    { number: 16, wireType: 1, value: '9223372036854775809', hex: '0100000000000080' },
    { number: 17, wireType: 2, hex: '616263', text: 'abc' },
    { number: 18, wireType: 2, hex: '00ff', text: undefined },
    { number: 19, wireType: 3, hex: '08059c01' },
    { number: 20, wireType: 5, value: '4294967295', hex: 'ffffffff' },
  ])
})

// ---- the whole ------------------------------------------------------------------------------------------------------

t.test('several framed messages', async (t) => {
  const frame = (hex: string) => `00${(hex.length / 2).toString(16).padStart(8, '0')}${hex}`
  const init = vector('a2-full-init')
  const signed = vector('a2-full-signed')
  const hex = frame(init.hex) + frame(signed.hex)
  const explanation = explain(bytesOf(hex), { path: init.path })
  t.match(explanation, {
    input: { framed: true, size: hex.length / 2 },
    decoded: true,
    messages: [
      { offset: 5, kind: { dialect: 'A2', direction: 'request' } },
      { offset: 10 + init.hex.length / 2, kind: { dialect: 'A2', direction: 'request' } },
    ],
  })
  const cut = explain(bytesOf(hex.slice(0, -2)), { path: init.path })
  t.match(cut, {
    decoded: false,
    messages: [{ decoded: true }, { decoded: false }],
    frameError: { path: 'gRPC frame' },
  })
})

t.test('an empty message', async (t) => {
  t.match(explained(''), { decoded: false, reason: /right for every type/ })
  t.match(explained('', '/session.Session/Create'), { decoded: false, reason: 'the message is empty' })
  const balance = '/neo.fs.v2.accounting.AccountingService/Balance'
  t.match(explained('', balance), { decoded: true, kind: { direction: 'request', paths: [balance] }, fields: [] })
})

t.test('paths', async (t) => {
  const { hex } = vector('create/apigo-v1.20.0')
  t.match(explained(hex, 'neo.fs.v2.session.SessionService/Create'), { decoded: true }, 'without its slash')
  t.match(explained(hex, '/neo.fs.v2.container.ContainerService/Put'), { kind: { type: 'neo.fs.v2 request' } })
  for (const path of ['', '/', '/session.Session/Creat', '/neo.fs.v3.x.XService/Y']) {
    t.throws(() => explain(bytesOf(hex), { path }), PathError, path)
  }
  t.throws(() => explain(bytesOf(hex), { path: '/session.Session/Creat' }), {
    message: /nearest is \/session\.Session\/Create/,
  })
})

t.test('limits', async (t) => {
  const bytes = bytesOf(vector('create/chain-depth32-v2.24').hex)
  t.throws(() => explain(bytes, { limits: { size: bytes.length - 1 } }), InputError)
  const { signatures, signaturesLeftOut, fieldsLeftOut } = only(
    explain(bytes, { limits: { signatures: 3, fields: 20 } }),
  )
  t.same([signatures.length, signaturesLeftOut], [3, 32 * 2 + 3 - 2 - 3])
  t.ok(fieldsLeftOut > 100)
  t.match(only(explain(bytes, { limits: { nesting: 8 } })), {
    decoded: false,
    error: { reason: 'messages nested too deep' },
  })
})

t.test('a message that is not what its path carries tells why it is nothing else', async (t) => {
  const { decoded, kind, reason } = explained('0a0408013001', '/atomix.session.SessionService/OpenSession')
  t.match({ decoded, kind }, { decoded: true, kind: { direction: 'response' } })
  t.match(reason, /no request \(atomix\), as header\.primitive: wire type 0, expected 2 at byte 3/)
})

t.test('the first bad byte', async (t) => {
  const { hex, path } = vector('neg-wire-type-lifetime-e2')
  const { error, fields, kind } = explained(hex, path)
  t.match(kind, { dialect: 'E2' })
  t.match(error, { path: 'body.lifetime', reason: 'wire type 0, expected 2', expected: /^lifetime \(2\), a message/ })
  t.equal(hexOf(bytesOf(hex).subarray(error?.offset, (error?.offset ?? 0) + 16)), error?.found)
  t.match(at(fields, 'body/owner_id/value')?.notes, ['prefix 35, Neo 3', 'checksum valid'])
})
