import Type from 'typebox'

const Text = Type.String()

/** One session's story, as `session-gateway explain --json` prints it; docs/explain.md describes it. */
export const StorySchema = Type.Object({
  id: Text,
  number: Type.Optional(Text),
  state: Type.Enum(['open', 'not begun', 'overdue', 'expired', 'closed']),
  text: Text,
  opened: Type.Object({ at: Text, generation: Text, dialect: Text, clientVersion: Text, text: Text }),
  owner: Type.Optional(Type.Object({ hex: Text, base58: Text, text: Text })),
  lifetime: Type.Object({
    kind: Type.Enum(['epochs', 'timeout']),
    edge: Type.Enum(['inclusive', 'exclusive']),
    notBefore: Type.Optional(Text),
    issuedAt: Type.Optional(Text),
    expiration: Type.Optional(Text),
    timeout_ns: Type.Optional(Text),
    expiry: Type.Optional(Type.Enum(['eager', 'lazy'])),
    text: Text,
  }),
  renewed: Type.Object({ at: Type.Optional(Text), text: Text }),
  ended: Type.Optional(Type.Object({ at: Text, reason: Text, by: Text, text: Text })),
  /** What genuine servers would answer now. */
  genuine: Type.Array(Type.Object({ server: Text, call: Text, answer: Text, because: Text })),
  now: Type.Object({ at: Text, epoch: Type.Optional(Text) }),
})

export type StoryJson = Type.Static<typeof StorySchema>
