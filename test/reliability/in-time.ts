/** The outcome of `work`. @throws Error that names `what` if there is none by then. Nothing is left behind by what was in time. */
export async function inTime<T>(work: Promise<T>, patience_ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patience_ms} ms`)), patience_ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
