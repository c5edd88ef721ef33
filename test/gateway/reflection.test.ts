import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import t, { type Test } from 'tap'
import { GENERATIONS, type Generation } from '../../src/adapters/adapter.js'
import { Reflection } from '../../src/gateway/reflection.js'
import * as v1 from '../../src/generated/grpc/reflection_v1.js'
import * as v1alpha from '../../src/generated/grpc/reflection_v1alpha.js'
import { GrpcCode } from '../../src/transport/transport.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { GrpcClient } from '../support/grpc-client.js'
import { observed, TRANSPORTS } from '../support/transports.js'

const VERSIONS = [
  { package: 'grpc.reflection.v1', ...v1 },
  { package: 'grpc.reflection.v1alpha', ...v1alpha },
]
const COMPANIONS = VERSIONS.map((version) => `${version.package}.ServerReflection`)
const ALL = [
  'atomix.session.SessionService',
  'grpc.health.v1.Health',
  ...COMPANIONS,
  'neo.fs.v2.session.Session',
  'neo.fs.v2.session.SessionService',
  'session.Session',
  'session.v2.Session',
]

/** Served beside the generations, where they are enabled. */
const AROUND = [
  'atomix.controller.ControllerService',
  'atomix.database.DatabaseService',
  'atomix.membership.MembershipService',
  'neo.fs.v2.accounting.AccountingService',
  'neo.fs.v2.netmap.NetmapService',
]

type Question = Partial<v1.ServerReflectionRequest>

for (const { name, factory } of TRANSPORTS) {
  for (const version of VERSIONS) {
    const path = `/${version.package}.ServerReflection/ServerReflectionInfo`

    const open = async (t: Test, enabled: readonly Generation[] = GENERATIONS, companions: readonly string[] = []) => {
      const reflection = new Reflection(enabled, companions)
      const transport = factory(observed({ methods: reflection.methods }))
      const client = new GrpcClient(await transport.listen('127.0.0.1:0'))
      const call = client.stream(path)
      t.teardown(async () => {
        call.cancel()
        client.close()
        await transport.close()
      })
      /** One question on the same call, and its answer. */
      const ask = async (question: Question): Promise<v1.ServerReflectionResponse> => {
        call.send(encode(version.ServerReflectionRequest, version.ServerReflectionRequest.create(question)))
        const bytes = await call.next()
        if (bytes === undefined) throw new Error('the call ended')
        const answer = decode(version.ServerReflectionResponse, bytes)
        if (answer instanceof WireError) throw answer
        return answer
      }
      return { ask, call, reflection, transport }
    }
    const servicesIn = (answer: v1.ServerReflectionResponse) =>
      answer.listServicesResponse?.service.map((service) => service.name)

    t.test(`${name}, ${version.package}: only what is enabled is listed`, async (t) => {
      for (const [enabled, services] of [
        [GENERATIONS, ALL],
        [['atomix'], ALL.filter((service) => /^atomix|^grpc/.test(service))],
        [['v1-legacy'], ALL.filter((service) => service.startsWith('grpc'))],
      ] as const) {
        const { ask } = await open(t, enabled)
        t.strictSame(servicesIn(await ask({ listServices: '' })), services, enabled.join())
        if (enabled === GENERATIONS) continue
        const off = await ask({ fileContainingSymbol: 'neo.fs.v2.session.SessionService' })
        t.equal(off.errorResponse?.errorCode, GrpcCode.NOT_FOUND, 'nor described')
      }
    })

    t.test(`${name}, ${version.package}: files and what they import make every service whole`, async (t) => {
      const { ask } = await open(t, GENERATIONS, AROUND)
      for (const service of [...ALL, ...AROUND]) {
        const files = new Map<string, descriptor.IFileDescriptorProto>()
        const take = (answer: v1.ServerReflectionResponse): void => {
          const protos = answer.fileDescriptorResponse?.fileDescriptorProto ?? []
          t.equal(protos.length, 1, 'one file')
          for (const bytes of protos) {
            const file = descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(bytes))
            files.set(String(file['name']), file)
          }
        }
        take(await ask({ fileContainingSymbol: service }))
        for (;;) {
          const missing = [...files.values()].flatMap((file) => file.dependency ?? []).find((file) => !files.has(file))
          if (missing === undefined) break
          take(await ask({ fileByFilename: missing }))
        }
        const root = protobuf.Root.fromDescriptor({ file: [...files.values()] })
        root.resolveAll()
        t.ok(root.lookupService(service).methodsArray.length > 0, service)
      }
    })

    t.test(`${name}, ${version.package}: questions and answers`, async (t) => {
      const { ask } = await open(t)
      const found = ['session.Session.Create', '.session.CreateRequest', 'atomix.session.OpenSessionRequest.timeout']
      for (const symbol of found) {
        const answer = await ask({ host: 'me', fileContainingSymbol: symbol })
        t.ok(answer.fileDescriptorResponse, symbol)
        t.match(answer, { validHost: 'me', originalRequest: { host: 'me', fileContainingSymbol: symbol } })
      }
      const extension = version.ExtensionRequest.create({ containingType: 'session.CreateRequest', extensionNumber: 1 })
      const unanswered: readonly (readonly [Question, number])[] = [
        [{ fileContainingSymbol: 'no.such.Symbol' }, GrpcCode.NOT_FOUND],
        [{ fileContainingSymbol: '' }, GrpcCode.NOT_FOUND],
        [{ fileByFilename: '../package.json' }, GrpcCode.NOT_FOUND],
        [{ fileContainingExtension: extension }, GrpcCode.NOT_FOUND],
        [{ allExtensionNumbersOfType: 'no.such.Type' }, GrpcCode.NOT_FOUND],
        [{}, GrpcCode.INVALID_ARGUMENT],
      ]
      for (const [question, code] of unanswered) {
        t.equal((await ask(question)).errorResponse?.errorCode, code, JSON.stringify(Object.keys(question)))
      }
      const numbers = await ask({ allExtensionNumbersOfType: 'session.CreateRequest' })
      t.match(numbers.allExtensionNumbersResponse, { baseTypeName: 'session.CreateRequest', extensionNumber: [] })
    })

    t.test(`${name}, ${version.package}: the end of a call`, async (t) => {
      const asked = await open(t)
      await asked.ask({ listServices: '' })
      t.equal((await asked.call.end()).code, GrpcCode.OK, 'when the client has no more questions')

      const broken = await open(t)
      broken.call.send(Uint8Array.of(0x1a, 0x7f))
      t.equal((await broken.call.status).code, GrpcCode.INTERNAL, 'when bytes are no question')

      const shutdown = await open(t)
      await shutdown.ask({ listServices: '' })
      shutdown.reflection.close()
      t.equal((await shutdown.call.status).code, GrpcCode.OK, 'when the gateway shuts down')
      await shutdown.transport.drain(60_000)
    })
  }
}
