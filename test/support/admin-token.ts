/** A token of the admin listener for gateways under test, with every role. */
export const ADMIN_TOKEN = 'a-token-of-the-tests-0123456789'

/** The variable that holds it, and `admin.tokens` that names the variable. */
export const ADMIN_TOKEN_ENV = { TEST_ADMIN_TOKEN: ADMIN_TOKEN } as const
export const ADMIN_TOKENS = 'operate+sign:env:TEST_ADMIN_TOKEN'

export const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` } as const
