import type { Command } from 'commander'
import { readUpTo } from './read-up-to.js'

export function addDecodeCommand(program: Command): void {
  const command = program
    .command('decode')
    .description('explain the bytes of a message: generation, fields, signatures valid or not, and why')
    .argument('<BYTES>', 'hex, base64 or base64url; - reads them, or the raw bytes, from standard input')
    .option('--path <PATH>', 'gRPC path of the call that they come from; without it every known message is tried')
    .option('--json', 'as JSON, with every value in full')
    .addHelpText(
      'after',
      `
The bytes are a request, a response or a token of any generation, with or without the 5 bytes of the gRPC frame; several
framed messages may follow each other. White space does not count. Bytes that begin with a dash come after --.

Examples:
  session-gateway decode 0a02300112020802
  session-gateway decode --path /session.Session/Create --json CiUKGwoZ…
  tail -c +6 captured.bin | session-gateway decode -

Exit codes: 0 all of it decodes, 1 some of it does not (it is explained all the same), 2 wrong usage.
`,
    )
  command.action(async (given: string, options: { path?: string; json?: true }) => {
    const { bytesOfFile, bytesOfText, explain, InputError, PathError, render } = await import('../decode/index.js')
    try {
      const { bytes, form } = given === '-' ? bytesOfFile(await readUpTo(process.stdin)) : bytesOfText(given)
      const explanation = explain(bytes, { form, ...(options.path === undefined ? {} : { path: options.path }) })
      const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
      process.stdout.write(
        options.json === true ? `${JSON.stringify(explanation, undefined, 2)}\n` : render(explanation, { colour }),
      )
      if (!explanation.decoded) process.exitCode = 1
    } catch (error) {
      if (error instanceof InputError) command.error(`<BYTES>: ${error.message}`)
      if (error instanceof PathError) command.error(`--path: ${error.message}`)
      throw error
    }
  })
}
