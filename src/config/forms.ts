import { isIPv6 } from 'node:net'
import { Value } from 'typebox/value'
import { isMultiaddr, parseHostPort } from '../companions/address.js'
import { parseDatabase } from '../companions/atomix/databases.js'
import { parseListenAddress } from '../transport/address.js'
import { EPOCH_FORMS, parseEpochSpec } from './epoch-spec.js'
import type { ConfigKey } from './keys.js'
import type { Form, KeyNotes } from './kinds.js'
import { looksLikePrivateKey } from './pasted-key.js'
import { parseSecretPlace, SECRET_PLACES } from './secret-place.js'
import { type ParsedTokenSpec, parseTokenSpec, TOKEN_FORMS } from './token-spec.js'
import { parseCount, parseDuration_ms, parseSize_bytes } from './units.js'

export type ConfigValue = string | number | boolean | readonly string[]

/** A value as the configuration keeps it, or what is wrong beyond "not of this form" (which has no text of its own). */
export type Read = { readonly value: ConfigValue } | { readonly problem: string | undefined; readonly hide?: boolean }

const NO: Read = { problem: undefined }

/**
 * Reads the value of a key, as text (flags and environment) or as the file has it.
 * What comes back satisfies the schema of the key.
 */
export function readValue(key: ConfigKey, raw: unknown): Read {
  const read = readers[key.notes.form](raw)
  return 'problem' in read || Value.Check(key.schema, read.value) ? read : NO
}

/** What a key takes, in words. */
export function takes({ form, from, to, enum: words }: KeyNotes): string {
  switch (form) {
    case 'choice':
      return words === undefined || words.length === 1 ? String(words) : `one of ${words.join(', ')}`
    case 'switch':
      return 'true or false'
    case 'count':
      return `a whole number from ${from} to ${to}`
    case 'countOrAny':
      return `any, or a whole number from ${from} to ${to}`
    case 'duration':
      return `a duration from ${from} to ${to}, such as 500ms, 30s or 24h`
    case 'size':
      return `a size from ${from} to ${to}, such as 65536, 64KiB or 4MiB`
    case 'path':
      return 'the path of a file'
    case 'output':
      return 'the path of a file that can be written'
    case 'endpoint':
      return 'unix:PATH, HOST:PORT, [IPV6]:PORT or off'
    case 'addresses':
      return `HOST:PORT or [IPV6]:PORT; ${several()}`
    case 'hostPort':
      return 'HOST:PORT or [IPV6]:PORT'
    case 'nodeAddresses':
      return `HOST:PORT or /dns4/HOST/tcp/PORT (also ip4, ip6; /tls at the end); ${several(to)}`
    case 'databases':
      return `NAME or NAMESPACE/NAME; ${several(to)}`
    case 'store':
      return 'lmdb:PATH or memory:'
    case 'storeKey':
      return SECRET_PLACES
    case 'tokens':
      return `${TOKEN_FORMS}; ${several(to)}`
    case 'names':
      return `a name, without spaces at its ends and commas; ${several(to)}`
    case 'hosts':
      return `a host name or address, without scheme and port; ${several(to)}`
    case 'epoch':
      return EPOCH_FORMS
  }
}

function several(to?: string | number): string {
  return `${to === undefined ? 'several' : `up to ${to},`} as a list in the file, with commas between them elsewhere`
}

const readers: Readonly<Record<Form, (raw: unknown) => Read>> = {
  choice: (raw) => (typeof raw === 'string' ? { value: raw } : NO),
  switch: (raw) =>
    raw === true || raw === 'true' ? { value: true } : raw === false || raw === 'false' ? { value: false } : NO,
  count: (raw) => number(raw, parseCount),
  countOrAny: (raw) => (raw === 'any' ? { value: raw } : number(raw, parseCount)),
  // A bare number in the file is as ambiguous as one in text.
  duration: (raw) => number(typeof raw === 'number' ? String(raw) : raw, parseDuration_ms),
  size: (raw) => number(raw, parseSize_bytes),
  path: readPath,
  output: readPath,
  endpoint: (raw) =>
    typeof raw === 'string' && (raw === 'off' || isHostPort(raw) || isSocketPath(raw)) ? { value: raw } : NO,
  addresses: (raw) => readList(raw, isHostPort, (item) => item.endsWith(':0')),
  hostPort: (raw) => (typeof raw === 'string' && isAdvertised(raw) ? { value: raw } : NO),
  nodeAddresses: (raw) => readList(raw, (item) => isAdvertised(item) || isMultiaddr(item)),
  databases: (raw) => readList(raw, (item) => parseDatabase(item) !== undefined),
  store: readStore,
  storeKey: readStoreKey,
  tokens: readTokens,
  names: (raw) => readList(raw, (item) => /^[^\p{Cc},]{1,256}$/u.test(item)),
  hosts: (raw) => readList(raw, isHost),
  epoch: readEpoch,
}

function number(raw: unknown, parse: (text: string) => number | undefined): Read {
  const value = typeof raw === 'string' ? parse(raw) : raw
  return typeof value === 'number' && Number.isSafeInteger(value) ? { value } : NO
}

function readPath(raw: unknown): Read {
  if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) return NO
  return looksLikePrivateKey(raw) ? { problem: 'this looks like a key itself', hide: true } : { value: raw }
}

function isHostPort(text: string): boolean {
  if (/[\s/]/.test(text)) return false
  try {
    return parseListenAddress(text).kind === 'tcp'
  } catch {
    return false
  }
}

/** A literal IPv6 address without its brackets. */
function isHost(text: string): boolean {
  return isIPv6(text) || /^[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9])?$/i.test(text)
}

function isSocketPath(text: string): boolean {
  return /^unix:[^\0]+$/.test(text)
}

/** A port is needed: others have to find it. */
function isAdvertised(text: string): boolean {
  return parseHostPort(text) !== undefined
}

/** What is there twice is a mistake, unless `mayRepeat` says otherwise. */
function readList(raw: unknown, is: (item: string) => boolean, mayRepeat = (_item: string) => false): Read {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : typeof raw === 'string' ? raw.split(',') : []
  const value: string[] = []
  for (const item of items) {
    if (typeof item !== 'string') return NO
    const text = item.trim()
    if (!is(text)) return NO
    if (value.includes(text) && !mayRepeat(text)) return { problem: `${text} is there twice` }
    value.push(text)
  }
  return value.length === 0 ? NO : { value }
}

function readStore(raw: unknown): Read {
  if (raw === 'memory:') return { value: raw }
  if (typeof raw !== 'string') return NO
  if (raw.startsWith('lmdb:')) return readDirectory(raw.slice('lmdb:'.length), raw)
  if (/^rediss?:/.test(raw)) return { problem: 'this build has lmdb: and memory: only' }
  return raw.startsWith('memory') ? { problem: 'memory: has nothing after the colon' } : NO
}

function readDirectory(path: string, value: string): Read {
  if (path === '') return { problem: 'lmdb: needs a directory, such as lmdb:./data' }
  return path.includes('\0') ? NO : { value }
}

function readStoreKey(raw: unknown): Read {
  if (typeof raw !== 'string') return { problem: undefined, hide: true }
  const parsed = parseSecretPlace(raw)
  return 'place' in parsed ? { value: raw } : parsed
}

/** Nothing of what may be a token is repeated. */
function readTokens(raw: unknown): Read {
  const items: readonly unknown[] = Array.isArray(raw) ? raw : typeof raw === 'string' ? raw.split(',') : []
  for (const item of items) {
    const parsed: ParsedTokenSpec =
      typeof item === 'string' ? parseTokenSpec(item.trim()) : { problem: undefined, hide: true }
    if ('problem' in parsed) return parsed
  }
  return readList(raw, () => true)
}

function readEpoch(raw: unknown): Read {
  if (typeof raw !== 'string') return NO
  const parsed = parseEpochSpec(raw)
  return 'problem' in parsed ? parsed : { value: raw }
}
