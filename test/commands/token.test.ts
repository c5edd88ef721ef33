import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { accountOf } from '../../src/crypto/owner-id.js'
import { connected } from '../clients/in-core.js'
import { opened } from '../clients/outcome.js'
import { UnaryClient } from '../clients/v1.js'
import { V2Client } from '../clients/v2.js'
import { testGateway } from '../support/gateway.js'
import {
  ALICE,
  ALICE_NEO2,
  BOB,
  bytesOfV2,
  CONTAINER,
  serviceToken,
  sessionToken,
  tokenV2,
  user,
} from '../support/made-tokens.js'
import { type Done, runCli } from '../support/run-cli.js'
import { tempFolder } from '../support/temp-folder.js'
import { hexOf } from '../support/vectors.js'

const HERE = tempFolder(t)
writeFileSync(join(HERE, 'token.bin'), sessionToken())
writeFileSync(join(HERE, 'token.hex'), `${hexOf(sessionToken())}\n`)
writeFileSync(join(HERE, 'c0ffee'), bytesOfV2(tokenV2()))

function check(args: readonly string[], input: string | Uint8Array = ''): Promise<Done> {
  return runCli(['token', 'check', ...args], { cwd: HERE, input })
}

t.test('bytes in every form; 0 if no rule fails, 1 if one does', async (t) => {
  const token = sessionToken()
  const hex = hexOf(token)
  const valid = /^SessionToken: valid, by every rule that applies\n {2}session {4}0188d5a4/
  const table: readonly (readonly [args: string[], input: string | Uint8Array, code: number, out: RegExp])[] = [
    [[hex], '', 0, valid],
    [[Buffer.from(token).toString('base64')], '', 0, valid],
    [['token.bin', '--epoch', '20'], '', 0, /^passed {2}expiration$/m],
    [
      ['token.hex', '--epoch', '21'],
      '',
      1,
      /^SessionToken: not valid: expiration\n[\s\S]*^FAILED {2}expiration .*\n {29}storage node v0\.36 and later: status 4097$/m,
    ],
    [['./c0ffee', '--time', 'now'], '', 1, /^SessionTokenV2: not valid: expiration$/m],
    [['-'], token, 0, valid],
    [['-', '--object', hexOf(CONTAINER), '--verb', 'object-get'], hex, 1, /: not valid: verb$/m],
    [['c0ffee'], '', 1, /^no token: not valid: form$/m],
  ]
  await Promise.all(
    table.map(async ([args, input, code, out]) =>
      t.match(await check(args, input), { code, out, err: '' }, args.join(' ')),
    ),
  )
})

t.test('as JSON', async (t) => {
  const { code, out } = await check(['--json', '--epoch', '9', 'token.bin'])
  t.equal(code, 1)
  t.match(JSON.parse(out), {
    kind: 'SessionToken',
    valid: false,
    token: { issuerText: 'NUz6PKTAM7NbPJzkKJFNay3VckQtcDkgWo', lifetime: { unit: 'epochs', expiration: '20' } },
    failed: ['not_before', 'issued_at'],
    rules: [{ rule: 'size', outcome: 'passed' }, { rule: 'form' }],
  })
})

t.test('sessions at a gateway and in its store', async (t) => {
  const store = `lmdb:${join(tempFolder(t), 'data')}`
  const { grpc: address, admin } = await testGateway(t, { 'store.url': store, epoch: 'fixed:10' })
  const grpc = connected(t, address)
  const key = { secret: ALICE.private, publicKey: ALICE.public }
  const v2 = opened(
    await new V2Client({ dialect: 'v2', version: { major: 2, minor: 21 }, key, expiration: 20n }).open(grpc),
  )
  const c = opened(await new UnaryClient({ variant: 'C v1.2.0', key, validUntil: 20n }).open(grpc))
  const at = admin.replace('http://', '')
  const named = { id: v2.id, sessionKey: v2.sessionKey }
  const delegated = tokenV2({ subjects: [user(BOB.owner), user(accountOf(v2.sessionKey))] })
  const table: readonly (readonly [token: Uint8Array, epoch: string, code: number, out: RegExp])[] = [
    [sessionToken(named), '19', 0, /^passed {2}stored_key$/m],
    [sessionToken(named), '20', 1, /: not valid: stored_lifetime$/m],
    [sessionToken({ ...named, sessionKey: c.sessionKey }), '19', 1, /: not valid: stored_key$/m],
    [bytesOfV2(delegated), '19', 0, /^passed {2}stored_lifetime$/m],
    [bytesOfV2(tokenV2({ subjects: [user(BOB.owner)] })), '19', 1, /: not valid: stored_session$/m],
    [serviceToken({ id: c.id, sessionKey: c.sessionKey, ownerID: ALICE_NEO2 }), '20', 0, /^passed {2}stored_owner$/m],
  ]
  await Promise.all(
    table.map(async ([token, epoch, code, out], index) => {
      const from = index % 2 === 0 ? ['--admin', at] : ['--store', store]
      t.match(await check([hexOf(token), '--epoch', epoch, ...from]), { code, out, err: '' }, `row ${index}`)
    }),
  )
  t.match(await check([hexOf(bytesOfV2(delegated)), '--admin', at]), { code: 0, err: '' })
})

t.test('wrong usage is one line and exit 2', async (t) => {
  const rows: readonly (readonly [args: string[], err: RegExp])[] = [
    [[], /missing required argument 'FILE\|HEX'/],
    [['no-file.token'], /<FILE\|HEX>: got 'no-file\.token', takes a file, hex, base64, or - for standard input/],
    [['token.bin', '--epoch', 'soon'], /--epoch: got 'soon', takes a number of an epoch/],
    [['token.bin', '--object', 'x'], /--object: got 'x', takes 32 bytes/],
    [['token.bin', '--store', 'lmdb:x', '--admin', '127.0.0.1:1'], /give one of them/],
  ]
  await Promise.all(
    rows.map(async ([args, err]) => {
      const done = await check(args)
      t.match(done, { code: 2, out: '', err }, args.join(' '))
      t.match(done.err, /^session-gateway: [^\n]+\n$/)
    }),
  )
})
