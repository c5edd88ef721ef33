// Writes the file descriptors of the reflected .proto files: what grpcurl and other reflection clients read.
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'

const TYPES = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
}
const MESSAGE = 11
const ENUM = 14
const OPTIONAL = 1
const REPEATED = 3

/** A module with the encoded FileDescriptorProto of each file, the files it imports and the symbols it declares. */
export function descriptorModule(roots, fileOf) {
  const files = new Map()
  for (const root of roots) {
    const declared = filesOf(root, fileOf)
    // What no service needs is the build's own matter: options.proto and what it extends.
    const add = (name) => {
      files.set(name, declared.get(name))
      for (const imported of declared.get(name).proto.dependency) add(imported)
    }
    for (const [name, file] of declared) if (file.services.length > 0) add(name)
  }
  const rows = [...files].sort().map(([name, file]) => {
    const bytes = Buffer.from(
      descriptor.FileDescriptorProto.encode(descriptor.FileDescriptorProto.fromObject(file.proto)).finish(),
    )
    return `  { name: '${name}', imports: ${list(file.proto.dependency)}, services: ${list(file.services)},\n    symbols: ${list(file.symbols)},\n    base64: '${bytes.toString('base64')}' },\n`
  })
  return [
    '// Generated from protos/ by scripts/compile-protos.mjs. Change the .proto files instead.\n',
    'export interface ReflectedFile {\n  readonly name: string\n  readonly imports: readonly string[]\n  readonly services: readonly string[]\n',
    '  /** Fully qualified names of its messages, enums, services and methods. */\n  readonly symbols: readonly string[]\n  readonly base64: string\n}\n\n',
    `export const REFLECTED_FILES: readonly ReflectedFile[] = [\n${rows.join('')}]\n`,
  ].join('')
}

function list(items) {
  return `[${items.map((item) => `'${item}'`).join(', ')}]`
}

function filesOf(root, fileOf) {
  const files = new Map()
  const fileFor = (object) => {
    const name = fileOf(object)
    if (!files.has(name)) {
      const proto = {
        name,
        package: packageOf(object),
        dependency: [],
        messageType: [],
        enumType: [],
        service: [],
        syntax: 'proto3',
      }
      files.set(name, { proto, services: [], symbols: [] })
    }
    return files.get(name)
  }
  const visit = (namespace) => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type)
        addTo(fileFor(object), 'messageType', messageOf(object, fileFor(object), fileOf))
      else if (object instanceof protobuf.Enum) addTo(fileFor(object), 'enumType', enumOf(object, fileFor(object)))
      else if (object instanceof protobuf.Service)
        addTo(fileFor(object), 'service', serviceOf(object, fileFor(object), fileOf))
      else if (object instanceof protobuf.Namespace) visit(object)
    }
  }
  visit(root)
  return files
}

function addTo(file, member, item) {
  file.proto[member].push(item)
}

function packageOf(object) {
  let at = object.parent
  while (at instanceof protobuf.Type) at = at.parent
  return at.fullName.slice(1)
}

function depend(file, target, fileOf) {
  const name = fileOf(target)
  if (name !== file.proto.name && !file.proto.dependency.includes(name)) file.proto.dependency.push(name)
}

function messageOf(type, file, fileOf) {
  file.symbols.push(type.fullName.slice(1))
  const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional)
  return {
    name: type.name,
    oneofDecl: oneofs.map((oneof) => ({ name: oneof.name })),
    nestedType: type.nestedArray.filter((o) => o instanceof protobuf.Type).map((o) => messageOf(o, file, fileOf)),
    enumType: type.nestedArray.filter((o) => o instanceof protobuf.Enum).map((o) => enumOf(o, file)),
    field: type.fieldsArray.map((field) => {
      const target = field.resolvedType
      if (target) depend(file, target, fileOf)
      const isEnum = target instanceof protobuf.Enum
      return {
        name: field.name,
        number: field.id,
        label: field.repeated ? REPEATED : OPTIONAL,
        type: target ? (isEnum ? ENUM : MESSAGE) : TYPES[field.type],
        ...(target ? { typeName: target.fullName } : {}),
        ...(field.partOf ? { oneofIndex: oneofs.indexOf(field.partOf) } : {}),
        jsonName: field.options?.json_name ?? field.name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
      }
    }),
  }
}

function enumOf(object, file) {
  file.symbols.push(object.fullName.slice(1))
  return { name: object.name, value: Object.entries(object.values).map(([name, number]) => ({ name, number })) }
}

function serviceOf(service, file, fileOf) {
  const name = service.fullName.slice(1)
  file.services.push(name)
  file.symbols.push(name)
  return {
    name: service.name,
    method: service.methodsArray.map((method) => {
      file.symbols.push(`${name}.${method.name}`)
      depend(file, method.resolvedRequestType, fileOf)
      depend(file, method.resolvedResponseType, fileOf)
      return {
        name: method.name,
        inputType: method.resolvedRequestType.fullName,
        outputType: method.resolvedResponseType.fullName,
        clientStreaming: Boolean(method.requestStream),
        serverStreaming: Boolean(method.responseStream),
      }
    }),
  }
}
