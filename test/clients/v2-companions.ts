import type { GrpcClient } from '../support/grpc-client.js'
import { type ClientKey, type SchemeNumber, signature, verifies } from './keys.js'
import { check, PATIENCE_MS } from './outcome.js'
import { bytes, type Fields, type Message, message, messages, sub, text, uint32, uint64 } from './protos.js'

/**
 * What clients of neo.fs.v2 ask around Create, by the version that they announce: signed as that version signs, and the
 * answer verified, re-encoded and looked at as that version did (neofs-v2 §3, §5, §7).
 */
export interface Asker {
  /** 2.x; undefined announces nothing. */
  readonly minor: number | undefined
  readonly key: ClientKey
  readonly scheme?: SchemeNumber
  /** From rc.13 on there is no body field at all. */
  readonly withBody?: boolean
  /** Changes the request after it was signed. */
  readonly tampering?: (request: Fields) => Fields
}

export type Question = 'LocalNodeInfo' | 'NetworkInfo' | 'NetmapSnapshot' | 'Balance'

export interface Reply {
  /** gRPC status code. */
  readonly code: number
  /** Of gRPC or of the status. */
  readonly message: string
  /** 0 without one. */
  readonly status: number
  readonly body: Fields | undefined
  readonly meta: Fields | undefined
  readonly isSigned: boolean
  /** The key of the signatures. */
  readonly signer: Uint8Array
}

const NOTHING = new Uint8Array(0)
/** Clients up to this version refuse an answer that is not signed. */
const LAST_VERIFYING = 21
const FIRST_WITH_STATUS = 11
const FIRST_WITHOUT_ORIGIN = 25

export async function ask(grpc: GrpcClient, question: Question, asker: Asker, body: Fields = {}): Promise<Reply> {
  const request = requestOf(question, asker, body)
  const { code, message, response } = await grpc.unary(pathOf(question), request, { timeout_ms: PATIENCE_MS })
  if (response === undefined) {
    return { code, message, status: 0, body: undefined, meta: undefined, isSigned: false, signer: NOTHING }
  }
  return readReply(question, asker, response)
}

export function pathOf(question: Question): string {
  return `/${serviceOf(question)}/${question}`
}

export function requestOf(question: Question, { minor, key, scheme = 0, withBody, tampering }: Asker, body: Fields) {
  const request = typeOf(question, 'Request')
  const hasBody = withBody ?? Object.keys(body).length > 0
  const meta: Fields = { ...(minor === undefined ? {} : { version: { major: 2, minor } }), ttl: 2 }
  const sign = (data: Uint8Array): Fields => ({ key: key.publicKey, sign: signature(key, data, scheme), scheme })
  const fields: Fields = {
    ...(hasBody ? { body } : {}),
    meta_header: meta,
    verify_header: {
      body_signature: sign(hasBody ? typeOf(question, 'Request.Body').encode(body) : NOTHING),
      meta_signature: sign(headerType('RequestMetaHeader').encode(meta)),
      ...((minor ?? 0) < FIRST_WITHOUT_ORIGIN ? { origin_signature: sign(NOTHING) } : {}),
    },
  }
  return request.encode(tampering?.(fields) ?? fields)
}

/** Fails where a client of that version would. */
export function readReply(question: Question, { minor }: Pick<Asker, 'minor'>, answer: Uint8Array): Reply {
  const version = minor ?? 0
  const received = typeOf(question, 'Response').decode(answer)
  const verify = sub(received, 'verify_header')
  const meta = knownMeta(sub(received, 'meta_header'), version)
  const body = knownBody(question, sub(received, 'body'), version)
  if (version <= LAST_VERIFYING) {
    check(verify !== undefined, 'missing verification header')
    const bodyBytes = body === undefined ? NOTHING : typeOf(question, 'Response.Body').encode(body)
    checkSignature(verify, 'body_signature', bodyBytes)
    checkSignature(
      verify,
      'meta_signature',
      meta === undefined ? NOTHING : headerType('ResponseMetaHeader').encode(meta),
    )
    checkSignature(verify, 'origin_signature', NOTHING)
  }
  const status = sub(meta, 'status')
  const code = uint32(status, 'code')
  check(code === 0 || body === undefined, `status ${code} with a body`)
  if (code === 0) checkBody(question, body)
  const signer = bytes(sub(verify, 'body_signature'), 'key')
  return { code: 0, message: text(status, 'message'), status: code, body, meta, isSigned: verify !== undefined, signer }
}

/** What is left of a meta header once a client has decoded it: fields that its version does not know are gone. */
function knownMeta(meta: Fields | undefined, version: number): Fields | undefined {
  if (meta === undefined || version >= FIRST_WITH_STATUS) return meta
  const { status, ...known } = meta
  return known
}

/** NetworkInfo grew in 2.10; a node had one address before 2.8, and a decoder keeps the last (neofs-v2 §2.5, §2.8). */
function knownBody(question: Question, body: Fields | undefined, version: number): Fields | undefined {
  const info = sub(body, 'network_info')
  if (question === 'NetworkInfo' && info !== undefined && version < 10) {
    const { ms_per_block, network_config, ...known } = info
    return { ...body, network_info: known }
  }
  const node = sub(body, 'node_info')
  if (question !== 'LocalNodeInfo' || node === undefined || version >= 8) return body
  const { addresses } = node
  return { ...body, node_info: { ...node, addresses: Array.isArray(addresses) ? addresses.slice(-1) : undefined } }
}

function checkSignature(verify: Fields, name: string, data: Uint8Array): void {
  const part = sub(verify, name)
  check(part !== undefined, `missing ${name}`)
  check(uint32(part, 'scheme') === 0, `${name}: a scheme that old clients do not know`)
  check(verifies(bytes(part, 'key'), bytes(part, 'sign'), data, 0), `could not verify ${name}`)
}

/** What SDKs refuse (neofs-v2 §7.1). */
function checkBody(question: Question, body: Fields | undefined): void {
  check(body !== undefined, 'missing response body')
  switch (question) {
    case 'LocalNodeInfo':
      check(sub(body, 'version') !== undefined, 'missing version')
      checkNode(sub(body, 'node_info'))
      return
    case 'NetmapSnapshot': {
      const netmap = sub(body, 'netmap')
      check(netmap !== undefined, 'missing network map')
      for (const node of messages(netmap, 'nodes')) checkNode(node)
      return
    }
    case 'NetworkInfo': {
      const info = sub(body, 'network_info')
      check(info !== undefined, 'missing network info')
      checkConfig(sub(info, 'network_config'))
      return
    }
    case 'Balance':
      check(sub(body, 'balance') !== undefined, 'missing balance')
  }
}

function checkNode(node: Fields | undefined): void {
  check(bytes(node, 'public_key').length > 0, 'missing public key')
  const addresses = node?.['addresses']
  check(Array.isArray(addresses) && addresses.length > 0, 'missing network endpoints')
  const names = new Set<string>()
  for (const attribute of messages(node, 'attributes')) {
    const key = text(attribute, 'key')
    const value = text(attribute, 'value')
    check(key !== '' && value !== '', 'an empty attribute')
    check(!names.has(key), `duplicated attribute ${key}`)
    names.add(key)
    if (key === 'Capacity' || key === 'Price') check(/^\d+$/.test(value), `${key} is no number`)
  }
}

/** Clients before 2.10 know none; later ones refuse an answer without. */
function checkConfig(config: Fields | undefined): void {
  if (config === undefined) return
  const parameters = messages(config, 'parameters')
  check(parameters.length > 0, 'missing network parameters')
  const names = new Set<string>()
  for (const parameter of parameters) {
    const key = Buffer.from(bytes(parameter, 'key')).toString('latin1')
    const value = bytes(parameter, 'value')
    check(key !== '' && !names.has(key), `empty or duplicated parameter ${key}`)
    names.add(key)
    check(value.length > 0 && value.length <= 8, `invalid value of ${key}`)
    if (key !== 'EigenTrustAlpha') continue
    check(value.length === 8, 'EigenTrustAlpha is no double')
    const alpha = Buffer.from(value).readDoubleLE()
    check(alpha >= 0 && alpha <= 1, `EigenTrustAlpha ${alpha}`)
  }
}

/** An integer parameter as SDKs read it: little-endian, any length up to 8. */
export function parameter(config: Fields | undefined, name: string): bigint | undefined {
  const found = messages(config, 'parameters').find(
    (each) => Buffer.from(bytes(each, 'key')).toString('latin1') === name,
  )
  if (found === undefined) return undefined
  return bytes(found, 'value').reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

/** What a client reckons an epoch to last. */
export function epochLength_ms(info: Fields | undefined): bigint {
  return uint64(info, 'ms_per_block') * (parameter(sub(info, 'network_config'), 'EpochDuration') ?? 0n)
}

function serviceOf(question: Question): string {
  return question === 'Balance' ? 'neo.fs.v2.accounting.AccountingService' : 'neo.fs.v2.netmap.NetmapService'
}

function typeOf(question: Question, suffix: string): Message {
  return question === 'Balance'
    ? message('v2/accounting.proto', `neo.fs.v2.accounting.Balance${suffix}`)
    : message('v2/netmap.proto', `neo.fs.v2.netmap.${question}${suffix}`)
}

function headerType(name: string): Message {
  return message('v2/session.proto', `neo.fs.v2.session.${name}`)
}
