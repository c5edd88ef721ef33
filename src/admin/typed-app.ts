import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { Need, Token } from './access.js'
import type { Action } from './audit-log.js'
import type { Login } from './logins.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its callers; each has to say. */
    readonly need?: Need
    /** It takes a token wherever the listener is. */
    readonly alwaysToken?: boolean
    /**
     * What limits how often one address may ask, where that is not `admin.limits.requestsPerSecond`: whoever watches over the
     * gateway has to be answered.
     */
    readonly limitedBy?: 'nothing' | 'itself'
    /** What it does to sessions, for the audit log. */
    readonly action?: Action
  }
  interface FastifyRequest {
    /** The token that the caller showed, if there was need of it. */
    caller: Token | undefined
    /** Where it was shown by a cookie. */
    login: Login | undefined
  }
}

/** Gives route handlers the types of their schemas. */
interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

export type AdminApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>
