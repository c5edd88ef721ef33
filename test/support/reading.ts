import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'
import { differences, type Naming } from './decoded.js'
import { oracleOf } from './generated-types.js'
import { complete, oracleDecode, ourTree, type Plain } from './message-trees.js'
import { bytesOf, hexOf } from './vectors.js'

/** What our codec made of a message of a vector. */
export interface Reading {
  /** Why it was refused. */
  readonly error: string | undefined
  /** From what the vector says, and from what protobufjs reads. */
  readonly differences: readonly string[]
  /** Written again with unknown fields kept. */
  readonly again: string
}

/** Reads a vector's bytes as one type, with a choice of type made beforehand: `readerOf(...)(hex, decoded)`. */
export type Reader = (hex: string, decoded: unknown) => Reading

/** `file` is that of the type, below `protos/`. A `decoded` of undefined is compared with nothing. */
export function readerOf<T extends WireMessage>(file: string, type: MessageType<T>, naming: Naming): Reader {
  return (hex, decoded) => {
    const message = decode(type, bytesOf(hex))
    if (message instanceof WireError) return { error: message.message, differences: [], again: '' }
    const found = decoded === undefined ? [] : differences(type, message, decoded, naming)
    const verdict = oracleVerdict(file, type, message, hex)
    if (verdict === 'different') found.push('protobufjs reads something else')
    return { error: undefined, differences: found, again: hexOf(encode(type, message, { unknown: 'keep' })) }
  }
}

/** What protobufjs reads from the same bytes. It refuses strings that are not UTF-8 and very deep nesting. */
export type Verdict = 'same' | 'different' | 'refused'

export function oracleVerdict<T extends WireMessage>(
  file: string,
  type: MessageType<T>,
  message: T,
  hex: string,
): Verdict {
  const oracle = oracleOf(file).lookupType(type.name)
  let theirs: Plain
  try {
    theirs = complete(oracle, oracleDecode(oracle, bytesOf(hex)))
  } catch (error) {
    if (error instanceof Error && /utf-8|max depth/.test(error.message)) return 'refused'
    throw error
  }
  const ours = complete(oracle, ourTree(type, oracle, message))
  return JSON.stringify(ours) === JSON.stringify(theirs) ? 'same' : 'different'
}
