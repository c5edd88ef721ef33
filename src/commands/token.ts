import { createReadStream, statSync } from 'node:fs'
import type { Command } from 'commander'
import { ConfigError, shown } from '../config/error.js'
import type { QuestionTexts, SessionLookup, TokenContext } from '../tokens/index.js'
import { readUpTo } from './read-up-to.js'
import { type SourceFlags, sourceOf, withSourceFlags } from './session-source.js'

interface TokenFlags extends SourceFlags, Omit<QuestionTexts, 'objects'> {
  readonly object?: readonly string[]
  readonly strict?: true
  readonly json?: true
}

const TOKENS = 'a file, hex, base64, or - for standard input'

export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('look at session tokens')
  const check = token
    .command('check')
    .description('say which rules a session token keeps, which it breaks, and what genuine nodes answer')
    .argument('<FILE|HEX>', 'a file with the token, or its bytes as hex or base64; - reads standard input')
    .option('--epoch <N>', 'the epoch to check its lifetime in')
    .option('--time <RFC3339|now>', 'the time to check the lifetime of a SessionTokenV2 at')
    .option('--verb <NAME>', 'what the request does: OBJECT_PUT, CONTAINER_DELETE, …')
    .option('--container <ID>', 'the container of the request, base58 or hex')
    .option('--object <ID>', 'an object of the request, base58 or hex; repeatable', collected)
    .option('--owner <ID>', 'who sends the request, base58 or hex')
    .option('--key <HEX>', 'the public key that signs objects in the session')
    .option('--strict', 'also what no genuine node looks at, but a token should be')
  withSourceFlags(check, {
    admin: 'look for its session at the gateway whose admin listener is there',
    store: 'look for its session in the store in this directory, lmdb:PATH',
  })
    .option('--json', 'as JSON, with every number in full')
    .addHelpText(
      'after',
      `
Tokens of all eras: service.Token (2020), SessionToken (since 2.0), SessionTokenV2 (since 2.21). Rules that need what is not
given are not applicable. A file whose name is hex is given with its folder: ./c0ffee.

Examples:
  session-gateway token check session.token --epoch 1000
  session-gateway token check --verb OBJECT_PUT --container DRzNagHZgfE8ewvoeC6F7XDKUSBoTEbSSHSX6QJ6Y1rE session.token
  session-gateway token check --time now --owner NUz6PKTAM7NbPJzkKJFNay3VckQtcDkgWo --json token-v2.bin
  session-gateway token check --admin 127.0.0.1:8081 --epoch 1000 - < session.token

Exit codes: 0 valid by every rule that applies, 1 a rule failed, 2 wrong usage, 3 the store can't be opened.
`,
    )
    .action(async (given: string, flags: TokenFlags) => {
      const { checkToken, render, toJson } = await import('../tokens/index.js')
      const context = await contextOf(flags)
      const report = await checkToken(await bytesOf(given), context)
      const { json } = flags
      process.stdout.write(json === true ? `${JSON.stringify(toJson(report), undefined, 2)}\n` : render(report))
      if (!report.valid) process.exitCode = 1
    })
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** @throws ConfigError that names the flag */
async function contextOf(flags: TokenFlags): Promise<TokenContext> {
  const { readQuestion } = await import('../tokens/index.js')
  const { epoch, time, verb, container, object: objects, owner, key, strict, admin, store } = flags
  const question = readQuestion({ epoch, time, verb, container, objects, owner, key }, Date.now())
  if ('member' in question) {
    const { member, got, takes } = question
    throw new ConfigError(`--${member === 'objects' ? 'object' : member}: got ${shown(got)}, takes ${takes}`)
  }
  return {
    ...question,
    ...(strict === undefined ? {} : { strict }),
    ...(admin === undefined && store === undefined ? {} : { sessions: await lookupOf(flags) }),
  }
}

async function lookupOf(flags: SourceFlags): Promise<SessionLookup> {
  const source = await sourceOf(flags)
  return { name: source.name, find: async (ref) => (await source.find(ref))?.facts }
}

/** @throws ConfigError for a text that is no token and no file */
async function bytesOf(given: string): Promise<Uint8Array> {
  const { bytesOfFile, bytesOfText, InputError } = await import('../decode/index.js')
  try {
    if (given === '-') return bytesOfFile(await readUpTo(process.stdin)).bytes
    if (isHex(given) || !isFile(given)) return bytesOfText(given).bytes
    return bytesOfFile(await readUpTo(createReadStream(given))).bytes
  } catch (error) {
    if (error instanceof InputError)
      throw new ConfigError(`<FILE|HEX>: got ${shown(given)}, takes ${TOKENS}: ${error.message}`)
    throw error
  }
}

function isHex(text: string): boolean {
  return /^(0x)?([0-9a-f]{2})+$/i.test(text)
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    // Not there, or a text that is too long for a name.
    return false
  }
}
