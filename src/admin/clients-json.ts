import Type from 'typebox'

export const ClientsSchema = Type.Object({
  clients: Type.Array(
    Type.Object({
      generation: Type.String(),
      dialect: Type.String(),
      version: Type.String(),
      userAgent: Type.String(),
      lastPeer: Type.String(),
      firstSeen: Type.String(),
      lastSeen: Type.String(),
      calls: Type.Integer(),
      bornExpired: Type.Integer(),
    }),
  ),
  /** Clients seen longest ago, which had to make room. */
  other: Type.Object({ rows: Type.Integer(), calls: Type.Integer(), lastSeen: Type.Optional(Type.String()) }),
})

export type ClientsJson = Type.Static<typeof ClientsSchema>
