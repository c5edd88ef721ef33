// Writes the TypeScript module of one .proto file: an interface and a codec table per message, a constant per enum.
import protobuf from 'protobufjs'

const HEADER = '// Generated from protos/ by scripts/compile-protos.mjs. Change the .proto file instead.\n'

const SCALARS = {
  uint64: { builder: 'uint64', type: 'bigint', zero: '0n' },
  int64: { builder: 'int64', type: 'bigint', zero: '0n' },
  fixed64: { builder: 'fixed64', type: 'bigint', zero: '0n' },
  uint32: { builder: 'uint32', type: 'number', zero: '0' },
  int32: { builder: 'int32', type: 'number', zero: '0' },
  bool: { builder: 'bool', type: 'boolean', zero: 'false' },
  bytes: { builder: 'bytes', type: 'Uint8Array', zero: 'NO_BYTES' },
  string: { builder: 'string', type: 'string', zero: "''" },
  enum: { builder: 'enumeration', type: 'number', zero: '0' },
}

/** The modules of `file`, as [path below src/generated, text]; two when it needs a well-known type of its own. */
export function moduleOf(root, file, { fileOf, rawStrings }) {
  const files = new Set([file])
  const { types, enums } = declarations(root)
  for (const type of types) if (fileOf(type).startsWith('google/protobuf/duration')) files.add(fileOf(type))
  return [...files].map((name) => {
    const mine = (object) => fileOf(object) === name
    return [
      name.replace(/\.proto$/, '.ts'),
      moduleText(name, types.filter(mine), enums.filter(mine), { fileOf, raw: rawStrings(name) }),
    ]
  })
}

function declarations(root) {
  const types = []
  const enums = []
  const visit = (namespace) => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type) types.push(object)
      if (object instanceof protobuf.Enum) enums.push(object)
      if (object instanceof protobuf.Namespace) visit(object)
    }
  }
  visit(root)
  return { types, enums }
}

function moduleText(file, types, enums, { fileOf, raw }) {
  const imports = new Map()
  const builders = new Set()
  /** The TypeScript name of a type from here; types of other files are reached through a namespace import. */
  const nameFrom = (object) => {
    const home = fileOf(object)
    if (home === file) return typeName(object)
    const alias = home.replace(/\.proto$/, '').replace(/[^a-z0-9]+/gi, '_')
    imports.set(alias, relative(file, home))
    return `${alias}.${typeName(object)}`
  }
  const body = [
    ...enums.map((object) => enumText(object)),
    ...types.map((type) => typeText(type, { nameFrom, builders, raw })),
  ].join('\n')
  const up = '../'.repeat(file.split('/').length)
  const wire = (module, names) =>
    names.length === 0 ? '' : `import { ${names.join(', ')} } from '${up}wire/${module}.js'\n`
  const used = (name) => new RegExp(`\\b${name}\\b`).test(body)
  return [
    HEADER,
    types.length === 0 ? '' : `import type { MessageType, WireMessage } from '${up}wire/message.js'\n`,
    wire('codec', types.length === 0 ? [] : ['messageType']),
    wire('message', ['NO_BYTES'].filter(used)),
    wire('fields', [...builders, ...['zeros'].filter(used)].sort()),
    ...[...imports].sort().map(([alias, from]) => `import * as ${alias} from '${from}'\n`),
    types.length + enums.length === 0 ? 'export {}\n' : '\n',
    body,
  ].join('')
}

function relative(from, to) {
  const up = '../'.repeat(from.split('/').length - 1)
  return `${up === '' ? './' : up}${to.replace(/\.proto$/, '.js')}`
}

/** `CreateRequest.Body` becomes CreateRequestBody. */
export function typeName(object) {
  const parent = object.parent instanceof protobuf.Type ? typeName(object.parent) : ''
  return parent + object.name
}

/** `owner_id` becomes ownerId, `OwnerID` ownerID, `TTL` ttl, `ACLRules` aclRules. */
export function propertyName(name) {
  const camel = name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
  return camel.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase())
}

function enumText(object) {
  const name = typeName(object)
  const entries = Object.entries(object.values)
  return [
    docComment(object.comment, ''),
    `export const ${name} = {\n${entries.map(([key, value]) => `  ${key}: ${value},\n`).join('')}} as const\n`,
    `export const ${name}Names: ReadonlyMap<number, string> = new Map([\n`,
    entries.map(([key, value]) => `  [${value}, '${key}'],\n`).join(''),
    '])\n',
  ].join('')
}

function typeText(type, context) {
  const name = typeName(type)
  const fields = type.fieldsArray.map((field) => fieldOf(field, name, context))
  return [
    docComment(type.comment, ''),
    `export interface ${name} extends WireMessage {\n`,
    ...fields.map((field) => `${docComment(field.comment, '  ')}  ${field.property}: ${field.type}\n`),
    '}\n\n',
    `export const ${name}: MessageType<${name}> = messageType<${name}>(\n`,
    `  '${type.fullName.slice(1)}',\n`,
    `  () => ({ $raw: undefined, $unknown: NO_BYTES${fields.map((field) => `, ${field.property}: ${field.empty}`).join('')} }),\n`,
    `  [\n${fields.map((field) => `    ${field.code},\n`).join('')}  ],\n)\n`,
  ].join('')
}

function fieldOf(field, owner, { nameFrom, builders, raw }) {
  const property = propertyName(field.name)
  const target = field.resolvedType
  const isMessage = target instanceof protobuf.Type
  const kind = isMessage
    ? 'message'
    : target instanceof protobuf.Enum
      ? 'enum'
      : field.type === 'string' && raw
        ? 'bytes'
        : field.type
  const scalar = SCALARS[kind]
  if (!isMessage && scalar === undefined) throw new Error(`${field.fullName}: no codec for ${field.type}`)
  const size = field.options?.['(wire.size)'] ?? 0
  const always = field.options?.['(wire.always)'] === true
  const inOneof = field.partOf !== null && field.partOf !== undefined
  const base = isMessage ? 'message' : scalar.builder
  const builder = field.repeated ? `repeated${base[0].toUpperCase()}${base.slice(1)}` : base
  builders.add(builder)

  const valueType = isMessage ? nameFrom(target) : scalar.type
  const type = field.repeated ? `${valueType}[]` : isMessage || inOneof ? `${valueType} | undefined` : valueType
  const empty = field.repeated
    ? '[]'
    : isMessage || inOneof
      ? 'undefined'
      : always && size > 0
        ? `zeros(${size})`
        : scalar.zero

  const options = []
  if (always) options.push('always: true')
  if (size > 0) options.push(`size: ${size}`)
  if (inOneof) {
    const others = field.partOf.fieldsArray.filter((other) => other !== field)
    const clear = others.map((other) => `m.${propertyName(other.name)} = undefined`).join('; ')
    options.push(`clear: (${others.length === 0 ? '' : 'm'}) => { ${clear} }`)
  }
  if (kind === 'bytes' && field.type === 'string') options.push('text: true')
  if (kind === 'enum') options.push(`values: ${nameFrom(target)}Names`)

  const set = field.repeated ? `m.${property}.push(v)` : `m.${property} = v`
  const args = [
    String(field.id),
    `'${field.name}'`,
    ...(isMessage ? [`() => ${nameFrom(target)}`] : []),
    `(m: ${owner}) => m.${property}`,
    `(m, v) => { ${set} }`,
    ...(options.length === 0 ? [] : [`{ ${options.join(', ')} }`]),
  ]
  return { property, type, empty, comment: field.comment, code: `${builder}(${args.join(', ')})` }
}

function docComment(comment, indent) {
  if (!comment) return ''
  const lines = comment.trim().replaceAll('*/', '* /').split('\n')
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line.trim()}\n`).join('')}${indent} */\n`
}
