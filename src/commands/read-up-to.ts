/** Of a file or of standard input, as text or raw. */
const BYTES_MAX = 16 * 1024 * 1024

/** All of a stream, or so much of it that it is too long. */
export async function readUpTo(stream: AsyncIterable<unknown>, bytes_max = BYTES_MAX): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
    chunks.push(bytes)
    size += bytes.length
    if (size > bytes_max) break
  }
  return Buffer.concat(chunks)
}
