import Type from 'typebox'

export const LoginSchema = Type.Object({
  /** Whether reading needs a token or a login where this listener is. */
  needed: Type.Boolean(),
  /** Where the token is kept; absent if the caller showed none. */
  name: Type.Optional(Type.String()),
  roles: Type.Array(Type.String()),
  /** Until when the cookie is good; absent without one. */
  expiresAt: Type.Optional(Type.String()),
})

export type LoginJson = Type.Static<typeof LoginSchema>
