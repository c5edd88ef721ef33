import { digestOf, type Token } from '../admin/access.js'
import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import { parseTokenSpec, TOKEN_FORMS } from '../config/token-spec.js'
import type { Logger } from '../log.js'
import { type Environment, readSecretPlace } from './secret-place.js'

const KEY = 'admin.tokens'
/** What a header can carry (the token68 of RFC 7235), long enough not to be guessed. */
const TOKEN = /^[\w.~+/-]{16,512}=*$/

/**
 * The tokens of the admin listener, as their places hold them now. Nothing of a token is ever in an error.
 * @throws ConfigError that names the place
 */
export function readAdminTokens(config: Config, log: Logger, env?: Environment): readonly Token[] {
  const tokens: Token[] = []
  for (const text of config.admin.tokens ?? []) {
    const parsed = parseTokenSpec(text)
    if (!('spec' in parsed)) throw new ConfigError(`${KEY}: takes ${TOKEN_FORMS}`)
    const { roles, place } = parsed.spec
    const secret = readSecretPlace(place, env)
    if ('problem' in secret) throw new ConfigError(`${KEY}: the ${secret.what} ${secret.problem}`)
    const { what, content, isOpenToOthers } = secret
    if (isOpenToOthers) log.warn({ file: place.name }, 'others can use the file of a token; chmod 600 it')
    const token = Buffer.from(content).toString('utf8').trim()
    content.fill(0)
    if (!TOKEN.test(token)) {
      throw new ConfigError(
        `${KEY}: the ${what} holds no token; it takes 16 to 512 letters, digits and -._~+/, such as of openssl rand -hex 32`,
      )
    }
    const digest = digestOf(token)
    const same = tokens.find((other) => Buffer.from(other.digest).equals(digest))
    if (same !== undefined) throw new ConfigError(`${KEY}: the ${what} and the ${same.name} hold the same token`)
    tokens.push({ name: what, roles, digest })
  }
  return tokens
}
