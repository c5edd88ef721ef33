import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { ConfigError } from '../../src/config/error.js'
import { SessionError } from '../../src/core/errors.js'
import { readStoreKey } from '../../src/gateway/store-key.js'
import { bytes, hex } from '../crypto/vectors.js'
import { recordingLogger } from '../support/gateway.js'

const KEY_HEX = '5eb7f0c2'.repeat(8)
const MODULE = new URL('../../src/gateway/store-key.js', import.meta.url).href

interface Reading {
  readonly key?: string
  readonly storeExists?: boolean
  readonly env?: Record<string, string>
}

/** A place for a store, and what reading its key there does. */
function place(t: Test, files: Record<string, string> = {}) {
  const here = t.testdir(files)
  const data = join(here, 'data')
  const log = recordingLogger()
  const read = ({ key, storeExists = false, env = {} }: Reading = {}) =>
    readStoreKey({ url: `lmdb:${data}`, ...(key === undefined ? {} : { key }) }, data, { storeExists, log, env })
  const refusal = (reading: Reading): { kind: string; message: string } => {
    try {
      read(reading)
    } catch (error) {
      if (error instanceof ConfigError) return { kind: 'config', message: error.message }
      if (error instanceof SessionError) return { kind: error.code, message: error.message }
      throw error
    }
    throw new Error('the key was taken')
  }
  return { here, data, log, read, refusal, file: join(here, 'data.key') }
}

t.test('the first start makes a file beside the data directory, and every other start reads it', async (t) => {
  const { here, read, file, log } = place(t)
  const key = read()
  t.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}\n$/)
  t.equal(`${hex(key)}\n`, readFileSync(file, 'utf8'))
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.same(readdirSync(here), ['data.key'], 'and nothing else')
  t.match(log.lines, [{ level: 'info', fields: { file }, message: /^made the key file/ }])
  key.fill(0)
  t.equal(hex(read()), hex(read({ storeExists: true })))
  t.equal(log.lines.length, 1)
  t.notOk(JSON.stringify(log.lines).includes(hex(read())), 'the key is in no log')
})

t.test('a start that made the file and died before the store was there goes on with it', async (t) => {
  const { read } = place(t, { 'data.key': `${KEY_HEX}\n` })
  t.equal(hex(read()), KEY_HEX)
})

t.test('a store without its key file is refused, and no other key is made', async (t) => {
  const { here, data, refusal, file } = place(t)
  t.same(refusal({ storeExists: true }), {
    kind: 'store_unavailable',
    message:
      `the key file of the store in ${data}, ${file}, is not there; without it no session key in the store opens: ` +
      'put it back, or say in store.key where it is',
  })
  t.same(readdirSync(here), [])
  writeFileSync(file, '')
  t.match(refusal({ storeExists: true }), {
    kind: 'store_unavailable',
    message: /holds no key: it is empty; without it/,
  })
  t.match(refusal({}), { kind: 'config', message: /data\.key holds no key: it is empty; it takes 64 hex digits/ })
})

t.test('given by a file, a variable, a credential', async (t) => {
  const raw = Buffer.from(KEY_HEX, 'hex')
  const { here, read, file } = place(t, { hex: `${KEY_HEX}\n`, base64: raw.toString('base64') })
  writeFileSync(join(here, 'raw'), raw)
  for (const name of ['hex', 'base64', 'raw']) {
    chmodSync(join(here, name), 0o600)
    t.equal(hex(read({ key: `file:${join(here, name)}` })), KEY_HEX, name)
    const credential = { key: `credential:${name}`, env: { CREDENTIALS_DIRECTORY: here } }
    t.equal(hex(read({ ...credential, storeExists: true })), KEY_HEX, `${name} by systemd`)
  }
  for (const text of [KEY_HEX, raw.toString('base64'), raw.toString('base64url')]) {
    t.equal(hex(read({ key: 'env:STORE_KEY', env: { STORE_KEY: text } })), KEY_HEX)
  }
  t.throws(() => statSync(file), 'no file is made')
})

t.test('what names no key is refused in a sentence that never repeats one', async (t) => {
  const short = KEY_HEX.slice(2)
  const { here, data, refusal } = place(t, { short, pem: '-----BEGIN PRIVATE KEY-----\nsecret' })
  mkdirSync(data)
  writeFileSync(join(data, 'key'), KEY_HEX)
  symlinkSync(join(data, 'key'), join(here, 'link'))
  const takes = 'it takes 64 hex digits, base64 of 32 bytes, or 32 raw bytes'
  const inside = (path: string) =>
    `store.key: ${path} is in the data directory ${data}; whoever copied that had the key as well`
  const table: readonly (readonly [Reading, string])[] = [
    [{ key: `file:${here}/none` }, `store.key: the file ${here}/none is not there; ${takes}`],
    [{ key: `file:${here}` }, `store.key: the file ${here} cannot be read (EISDIR); ${takes}`],
    [{ key: `file:${here}/short` }, `store.key: the file ${here}/short holds no key: it has 62 hex digits; ${takes}`],
    [
      { key: `file:${here}/pem` },
      `store.key: the file ${here}/pem holds no key: its 34 bytes are none of these; ${takes}`,
    ],
    [{ key: `file:${data}/key` }, inside(`${data}/key`)],
    [{ key: `file:${data}/../data/key` }, inside(`${data}/../data/key`)],
    [{ key: `file:${data}/not-there` }, inside(`${data}/not-there`)],
    [{ key: `file:${here}/link` }, inside(`${here}/link`)],
    [{ key: 'env:STORE_KEY' }, `store.key: the variable STORE_KEY is not set; ${takes}`],
    [{ key: 'env:STORE_KEY', env: { STORE_KEY: '' } }, `store.key: the variable STORE_KEY is not set; ${takes}`],
    [
      { key: 'env:STORE_KEY', env: { STORE_KEY: short } },
      `store.key: the variable STORE_KEY holds no key: it has 62 hex digits; ${takes}`,
    ],
    [
      { key: 'credential:k' },
      `store.key: the credential k needs CREDENTIALS_DIRECTORY, which systemd sets where the unit has LoadCredential=k:PATH; ${takes}`,
    ],
    [
      { key: 'credential:k', env: { CREDENTIALS_DIRECTORY: here } },
      `store.key: the credential k is not there; ${takes}`,
    ],
    [
      { key: 'env:STORE_KEY', storeExists: true },
      'store.key: the variable STORE_KEY is not set; it takes the key that the store was made with',
    ],
    [{ key: KEY_HEX }, 'store.key: takes file:PATH, env:NAME or credential:NAME'],
  ]
  for (const [reading, message] of table) {
    t.same(refusal(reading), { kind: 'config', message })
    t.notOk(message.includes(short.slice(0, 16)) || message.includes('secret'))
  }
})

t.test('a file that others can use is taken, with a warning', async (t) => {
  const { here, read, log } = place(t, { other: KEY_HEX, 'data.key': KEY_HEX })
  for (const [path, key] of [
    [join(here, 'data.key'), undefined],
    [join(here, 'other'), `file:${here}/other`],
  ] as const) {
    for (const mode of [0o644, 0o640, 0o606, 0o600]) {
      chmodSync(path, mode)
      log.lines.length = 0
      t.equal(hex(read(key === undefined ? {} : { key })), KEY_HEX)
      const warned = log.lines.map(({ level, fields, message }) => ({ level, fields, message }))
      const expected = {
        level: 'warn',
        fields: { file: path },
        message: 'others can use the key file of the store; chmod 600 it',
      }
      t.same(warned, mode === 0o600 ? [] : [expected], mode.toString(8))
    }
  }
})

t.test('where nothing is beside, or nothing can be made there', async (t) => {
  const here = t.testdir({ file: '' })
  const log = recordingLogger()
  const read = (data: string) => () => readStoreKey({ url: `lmdb:${data}` }, data, { storeExists: false, log, env: {} })
  t.throws(read('/'), new ConfigError('store.key has to be given: there is nothing beside the data directory /'))
  t.throws(read(join(here, 'file', 'data')), {
    name: 'ConfigError',
    message:
      /^store\.key: the key file .*data\.key cannot be made \(ENOTDIR\); say in store\.key where the key is: file:PATH/,
  })
})

t.test('a key file on another file system than the store is a warning when it is made', async (t) => {
  const { data, read, log } = place(t)
  symlinkSync('/dev', data)
  read()
  read()
  t.match(log.lines, [{ level: 'info' }, { level: 'warn', fields: { store: data }, message: /another file system/ }])
  t.equal(log.lines.length, 2)
})

t.test('processes that start at the same time end with the same key', async (t) => {
  const here = t.testdir()
  const rounds = 40
  const script = `
    const { readStoreKey } = await import(${JSON.stringify(MODULE)})
    const log = { info() {}, warn() {}, error() {}, debug() {} }
    for (let round = 0; round < ${rounds}; round++) {
      const data = ${JSON.stringify(here)} + '/' + round + '/data'
      const key = readStoreKey({ url: 'lmdb:' + data }, data, { storeExists: false, log, env: {} })
      console.log(Buffer.from(key).toString('hex'))
    }`
  const run = promisify(execFile)
  const outputs = await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, ['--input-type=module', '-e', script])),
  )
  const keys = outputs.map(({ stdout }) => stdout.trim().split('\n'))
  for (let round = 0; round < rounds; round++) {
    const own = keys.map((each) => each[round] ?? '')
    t.same(new Set(own).size, 1, `round ${round}`)
    t.equal(bytes(own[0] ?? '').length, 32)
    t.same(readdirSync(join(here, String(round))), ['data.key'])
  }
})
