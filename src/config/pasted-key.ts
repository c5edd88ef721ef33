// 64 hex digits, a WIF key or PEM.
const PRIVATE_KEY = /^(?:0x)?[0-9a-f]{64}$|^[KL5][1-9A-HJ-NP-Za-km-z]{50,51}$|-----BEGIN/i

// Among so many random characters are letters of both cases and digits; a path or a name of that length rarely has all.
const BASE64_OF_32_BYTES = /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[\w+/-]{43}=?$/

/** True for a private key where the path of its file belongs: it must not be repeated in an error. */
export function looksLikePrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(text.trim())
}

/** True also for base64 of 32 bytes, in which only wrapping keys are written. */
export function looksLikeWrappingKey(text: string): boolean {
  return looksLikePrivateKey(text) || BASE64_OF_32_BYTES.test(text.trim())
}
