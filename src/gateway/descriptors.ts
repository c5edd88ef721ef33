import { REFLECTED_FILES, type ReflectedFile } from '../generated/descriptors.js'

/** The files that describe some services: theirs and all they import, by name and by the symbols they declare. */
export class Descriptors {
  readonly services: readonly string[]
  readonly #files = new Map<string, Uint8Array>()
  readonly #symbols = new Map<string, string>()

  constructor(services: readonly string[], files: readonly ReflectedFile[] = REFLECTED_FILES) {
    const wanted = new Set(services)
    const byName = new Map(files.map((file) => [file.name, file]))
    const roots = files.filter((file) => file.services.some((service) => wanted.has(service)))
    const pending = roots.map((file) => file.name)
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const file = byName.get(name)
      if (file === undefined || this.#files.has(name)) continue
      this.#files.set(name, Buffer.from(file.base64, 'base64'))
      for (const symbol of file.symbols) this.#symbols.set(symbol, name)
      pending.push(...file.imports)
    }
    const described = new Set(roots.flatMap((file) => file.services))
    this.services = [...wanted].filter((service) => described.has(service)).sort()
  }

  /** An encoded FileDescriptorProto. */
  file(name: string): Uint8Array | undefined {
    return this.#files.get(name)
  }

  /** The file that declares a message, enum, service, method or field; a leading dot is allowed. */
  fileOf(symbol: string): Uint8Array | undefined {
    const name = symbol.startsWith('.') ? symbol.slice(1) : symbol
    // A field or an enum's value is not listed itself: the type around it is.
    const file = this.#symbols.get(name) ?? this.#symbols.get(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    return file === undefined ? undefined : this.#files.get(file)
  }

  declares(symbol: string): boolean {
    return this.#symbols.has(symbol.startsWith('.') ? symbol.slice(1) : symbol)
  }
}
