import type { Generation } from '../adapters/adapter.js'

/**
 * The gRPC services of each generation, as health and reflection name them. The streaming clients share the path of the
 * unary ones, and a description of a service has one form: reflection shows the last, so v1-legacy describes none.
 */
interface GenerationServices {
  readonly served: readonly string[]
  readonly described: readonly string[]
}

const V1_SERVICES = ['session.Session', 'session.v2.Session', 'neo.fs.v2.session.Session']
const V2_SERVICES = ['neo.fs.v2.session.SessionService']
const ATOMIX_SERVICES = ['atomix.session.SessionService']

export const SERVICES: Readonly<Record<Generation, GenerationServices>> = {
  'v1-legacy': { served: ['session.Session'], described: [] },
  v1: { served: V1_SERVICES, described: V1_SERVICES },
  v2: { served: V2_SERVICES, described: V2_SERVICES },
  atomix: { served: ATOMIX_SERVICES, described: ATOMIX_SERVICES },
}

/** What the gateway serves of its own, whatever the generations. */
export const OWN_SERVICES = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
] as const
