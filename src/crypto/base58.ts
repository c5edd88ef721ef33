const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE = 58

/** The work grows with the square of the length; nothing that the gateway reads comes near this. */
export const BASE58_TEXT_MAX = 128

const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]))

/** `digits` (big-endian, in `from`) written in `to`; leading zeros are left out. */
function changeBase(digits: Iterable<number>, from: number, to: number): number[] {
  const result: number[] = []
  for (const digit of digits) {
    let carry = digit
    for (let i = 0; i < result.length; i++) {
      carry += (result[i] ?? 0) * from
      result[i] = carry % to
      carry = Math.floor(carry / to)
    }
    for (; carry > 0; carry = Math.floor(carry / to)) result.push(carry % to)
  }
  return result.reverse()
}

/** Base58 with Bitcoin's alphabet. Every leading zero byte is a `1`. */
export function base58(bytes: Uint8Array): string {
  let zeros = 0
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++
  let text = '1'.repeat(zeros)
  for (const value of changeBase(bytes, 256, BASE)) text += ALPHABET.charAt(value)
  return text
}

/** The bytes of a base58 text, or undefined if it has other characters or more than `BASE58_TEXT_MAX` of them. */
export function bytesOfBase58(text: string): Uint8Array | undefined {
  if (text.length > BASE58_TEXT_MAX) return undefined
  const values: number[] = []
  for (const character of text) {
    const value = VALUES.get(character)
    if (value === undefined) return undefined
    values.push(value)
  }
  let zeros = 0
  while (zeros < values.length && values[zeros] === 0) zeros++
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...changeBase(values, BASE, 256)])
}
