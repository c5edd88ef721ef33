import {
  LookupRequest,
  LookupResponse,
  OwnedId,
  type Session,
  SessionRef,
  SignRequest,
  SignResponse,
} from '../../src/generated/keys/v1/session_keys.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'
import { type ClientOptions, GrpcClient } from './grpc-client.js'

export type RefFields = Partial<Pick<SessionRef, 'account'>> & {
  readonly owned?: { id: Uint8Array; owner: Uint8Array }
}

export interface Answer<T> {
  readonly code: number
  readonly message: string
  readonly response: T | undefined
}

/** A backend that asks for session keys. */
export class BackendClient {
  readonly #client: GrpcClient
  readonly #metadata: Readonly<Record<string, string>>

  /** `token`: its text. */
  constructor(address: string, options: ClientOptions & { readonly token?: string } = {}) {
    this.#client = new GrpcClient(address, options)
    this.#metadata = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  }

  async lookup(ref: RefFields): Promise<Answer<Session>> {
    const request = encode(LookupRequest, LookupRequest.create({ session: refOf(ref) }))
    const answer = await this.ask('Lookup', request, LookupResponse)
    return { ...answer, response: answer.response?.session }
  }

  sign(ref: RefFields, data: Uint8Array, scheme: number): Promise<Answer<SignResponse>> {
    const request = encode(SignRequest, SignRequest.create({ session: refOf(ref), data, scheme }))
    return this.ask('Sign', request, SignResponse)
  }

  async ask<T extends WireMessage>(method: string, request: Uint8Array, type: MessageType<T>): Promise<Answer<T>> {
    const path = `/sessiongateway.v1.SessionKeys/${method}`
    const { code, message, response } = await this.#client.unary(path, request, { metadata: this.#metadata })
    if (response === undefined) return { code, message, response: undefined }
    const decoded = decode(type, response)
    if (decoded instanceof WireError) throw decoded
    return { code, message, response: decoded }
  }

  close(): void {
    this.#client.close()
  }
}

function refOf({ owned, account }: RefFields): SessionRef {
  return SessionRef.create({ account, ...(owned === undefined ? {} : { owned: OwnedId.create(owned) }) })
}
