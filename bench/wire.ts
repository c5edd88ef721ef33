import { readFileSync } from 'node:fs'
import path from 'node:path'
import protobuf from 'protobufjs'
import { detect } from '../src/adapters/detect.js'
import { KeepAliveRequest } from '../src/generated/atomix/session.js'
import { CreateRequest } from '../src/generated/v2/session.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../src/wire/index.js'
import { measure, printRatios } from './measure.js'

const COUNT = 50_000
const PROTOS = path.resolve('protos')

/** Our strict codec beside protobufjs's own on the same genuine bytes, and what telling nine dialects apart costs. */
export async function run(): Promise<void> {
  const keepAlive = Buffer.from('0a0a0a0010ac0220ac023001', 'hex')
  const create = vector('neofs-v2.json', 'create/sdk-rc20')
  const a2 = vector('neofs-v1.json', 'a2-full-init')

  printRatios('reading and writing, against protobufjs on the same bytes', [
    [
      'protobufjs: decode Atomix KeepAliveRequest',
      measure(COUNT, reader('atomix/session.proto', 'atomix.session.KeepAliveRequest', keepAlive)),
    ],
    ['ours', measure(COUNT, () => decode(KeepAliveRequest, keepAlive))],
    [
      'protobufjs: decode v2 CreateRequest',
      measure(COUNT, reader('v2/session.proto', 'neo.fs.v2.session.CreateRequest', create)),
    ],
    ['ours', measure(COUNT, () => decode(CreateRequest, create))],
    ['ours: encode v2 CreateRequest', measure(COUNT, writer(CreateRequest, create))],
    ['detection of A2', measure(COUNT, () => detect(a2))],
  ])
}

function vector(file: string, name: string): Uint8Array {
  const text = readFileSync(path.join('test', 'vectors', file), 'utf8')
  const hex = new RegExp(`"name": ?"${name}",[^}]*?"hex": ?"([0-9a-f]+)"`, 's').exec(text)?.[1]
  if (hex === undefined) throw new Error(`no vector ${name} in ${file}`)
  return Buffer.from(hex, 'hex')
}

function reader(file: string, name: string, bytes: Uint8Array): () => void {
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    if (protobuf.common.get(target) !== null) return target
    if (target.startsWith('google/')) return path.resolve('node_modules', 'protobufjs', target)
    return path.isAbsolute(target) ? target : path.join(PROTOS, target)
  }
  const type = root.loadSync(file, { keepCase: true }).lookupType(name)
  return () => type.decode(bytes)
}

function writer<T extends WireMessage>(type: MessageType<T>, bytes: Uint8Array): () => void {
  const message = decode(type, bytes)
  if (message instanceof WireError) throw message
  return () => encode(type, message)
}
