/**
 * Our answers where the vectors leave the choice to the gateway, since no genuine server is known: all of it (`outcome:
 * policy`), or the gRPC code alone (`codeIs: policy`). docs/generations.md tells the same to users.
 */
export interface PolicyAnswer {
  readonly answer: Answer
  readonly why: string
}

/** `accepted`, a gRPC status, or gRPC OK with a NeoFS status in the meta header. */
export type Answer = 'accepted' | `grpc ${number}` | `status ${number}`

const TTL_0 = 'nobody knows a server that minded TTL 0 on Create, and C clients always send it'
const HEADER_SIGNATURE =
  "the genuine library refuses it; UNAUTHENTICATED is that era's code for it on the object service"
const CHANGED = 'Signed has to be the token that was issued as Unsigned'
const OUT_OF_ORDER = 'Signed comes third or not at all'
const NO_OWNER_A = 'the library makes no token for a zero owner'
const EPOCHS_SWAPPED = 'the library makes no token that ends before it begins'
const NOT_THE_OWNERS = 'no key that signed derives to the owner id'
const TOKEN_SIGNATURE = 'both signatures have to be of a key that the client names'
const WHEN_PRESENT = 'what is signed has to verify; nobody knows a genuine signer for E'

export const POLICY_ANSWERS: Readonly<Record<string, PolicyAnswer>> = {
  // neofs-v1: whether it is accepted
  'a0-two-owner-keys-signed': {
    answer: 'grpc 7',
    why: 'a key recovered from the signature does not derive to a 1-of-2 address; a configured key store can accept it',
  },
  'a1-unsigned-header-ttl0-init': { answer: 'accepted', why: TTL_0 },
  'a1-unsigned-header-ttl0-signed': { answer: 'accepted', why: TTL_0 },
  'a2-unsigned-header-ttl0-init': { answer: 'accepted', why: TTL_0 },
  'a2-unsigned-header-ttl0-signed': { answer: 'accepted', why: TTL_0 },
  'b-unsigned-header-ttl0-init': { answer: 'accepted', why: TTL_0 },
  'b-unsigned-header-ttl0-signed': { answer: 'accepted', why: TTL_0 },
  'a3-init-unsigned': { answer: 'accepted', why: TTL_0 },
  'section8-11': { answer: 'accepted', why: TTL_0 },
  'e1-signed-no-evidence': {
    answer: 'accepted',
    why: 'the lifetime is read as the smaller and the larger of its two numbers, which is right for E1 and E2 alike',
  },
  'f0-unsigned': { answer: 'accepted', why: "F0's server was never published; only what is signed has to verify" },
  'neg-owner-24-bytes-e2': { answer: 'grpc 3', why: 'no owner id of any era has 24 bytes' },
  'neg-owner-missing-e2': { answer: 'grpc 3', why: 'a session without an owner is of no use to anybody' },
  'neg-owner-missing-c': { answer: 'accepted', why: "C's decoder reads it as 25 zeros, which its server accepts" },
  'neg-lifetime-over-a2': { answer: 'grpc 3', why: 'its last epoch has passed, so nobody could use the session' },
  'neg-signature-broken-a1': { answer: 'grpc 16', why: HEADER_SIGNATURE },
  'neg-signature-second-broken-a2': { answer: 'grpc 16', why: HEADER_SIGNATURE },
  'neg-signatures-swapped-a2': { answer: 'grpc 16', why: HEADER_SIGNATURE },
  'neg-signature-of-other-content-a2': { answer: 'grpc 16', why: HEADER_SIGNATURE },
  'neg-signature-broken-b': { answer: 'grpc 16', why: HEADER_SIGNATURE },
  'neg-signature-body-broken-e2': { answer: 'grpc 16', why: WHEN_PRESENT },
  'neg-signature-origin-missing-e2': { answer: 'accepted', why: WHEN_PRESENT },
  'neg-signature-body-on-outer-hop-e2': { answer: 'grpc 16', why: 'an error by the later rule (neofs-v2 §3.1)' },
  'neg-init-and-signed-a2': { answer: 'grpc 3', why: 'the last member of a oneof counts, so this is a Signed first' },
  'seq-init-twice': { answer: 'grpc 3', why: 'a handshake has one Init' },
  'seq-half-close-after-init': {
    answer: 'accepted',
    why: 'the client gave up: the call ends with OK, and no session remains',
  },

  // neofs-v1: refused in any case, with a code of our choice
  'neg-unknown-dialect': { answer: 'grpc 3', why: 'as for an empty message' },
  'neg-owner-zero-a0': { answer: 'grpc 3', why: NO_OWNER_A },
  'neg-owner-zero-a2': { answer: 'grpc 3', why: NO_OWNER_A },
  'neg-owner-zero-b': { answer: 'grpc 3', why: NO_OWNER_A },
  'neg-epochs-swapped-a0': { answer: 'grpc 3', why: EPOCHS_SWAPPED },
  'neg-epochs-swapped-a2': { answer: 'grpc 3', why: EPOCHS_SWAPPED },
  'neg-epochs-swapped-b': { answer: 'grpc 3', why: EPOCHS_SWAPPED },
  'neg-signed-first-a0': { answer: 'grpc 3', why: OUT_OF_ORDER },
  'neg-signed-first-a2': { answer: 'grpc 3', why: OUT_OF_ORDER },
  'neg-signed-first-b': { answer: 'grpc 3', why: OUT_OF_ORDER },
  'seq-signed-unknown-id': { answer: 'grpc 3', why: CHANGED },
  'seq-last-epoch-changed': { answer: 'grpc 3', why: CHANGED },
  'seq-first-epoch-changed': { answer: 'grpc 3', why: CHANGED },
  'seq-owner-changed': { answer: 'grpc 3', why: CHANGED },
  'seq-object-added': { answer: 'grpc 3', why: CHANGED },
  'seq-session-key-replaced': { answer: 'grpc 3', why: CHANGED },
  'seq-session-key-replaced-b': { answer: 'grpc 3', why: CHANGED },
  'seq-empty-second-message': { answer: 'grpc 3', why: 'a request has one member of its oneof' },
  'seq-other-dialect-on-stream-a1': { answer: 'grpc 3', why: 'no message of another dialect follows an Init' },
  'seq-token-signature-by-other': { answer: 'grpc 16', why: TOKEN_SIGNATURE },
  'seq-key-signature-missing': { answer: 'grpc 16', why: TOKEN_SIGNATURE },
  'seq-token-signature-missing': { answer: 'grpc 16', why: TOKEN_SIGNATURE },
  'seq-token-signature-broken-b': { answer: 'grpc 16', why: TOKEN_SIGNATURE },
  'seq-owner-checksum-a2': { answer: 'grpc 7', why: NOT_THE_OWNERS },
  'seq-signed-by-other-a0': { answer: 'grpc 7', why: NOT_THE_OWNERS },
  'seq-other-key-everywhere-a1': { answer: 'grpc 7', why: NOT_THE_OWNERS },

  // neofs-v2
  'create/chain-depth32-v2.24': {
    answer: 'status 1026',
    why: 'deeper than limits.originChain; each hop costs up to three checks',
  },
  'create/chain-depth120-v2.24': { answer: 'status 1026', why: 'deeper than limits.originChain' },
  'create/expiration-zero': { answer: 'accepted', why: 'no node refuses it' },
  'create/expiration-past': { answer: 'accepted', why: 'no node refuses it' },
  'create/expiration-twice-last-wins': { answer: 'accepted', why: 'as protobuf has it: the last value counts' },
  'create/body-twice-merged': { answer: 'accepted', why: 'as protobuf has it: the two are merged' },
  'create/ttl-over-32-bits-signed-canonical': { answer: 'accepted', why: 'cut to 32 bits, as Go does it' },
  'create/d1-meta-signature-over-body': {
    answer: 'grpc 2',
    why: 'a signer that was wrong for three days; no client of it is known',
  },
  'create/malformed/invalid-utf8-x-header': { answer: 'grpc 13', why: 'Go refuses to decode it' },
  'create/wrong-wire-type-expiration-fixed64': {
    answer: 'grpc 13',
    why: 'a wrong wire type is a decode error in every dialect here',
  },
}
