import { CommanderError } from 'commander'
import t from 'tap'
import { exitCodeOf } from '../../src/commands/exit.js'
import { ConfigError } from '../../src/config/error.js'
import { SessionError } from '../../src/core/errors.js'

t.test('every failure has the exit code that was promised', async (t) => {
  const table: readonly [unknown, number][] = [
    [new Error('listen EADDRINUSE'), 1],
    [new SessionError('internal', 'internal error'), 1],
    ['thrown text', 1],
    [undefined, 1],
    [new ConfigError('--store: got x, takes memory:'), 2],
    [new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 2],
    [new SessionError('store_unavailable', 'the store is in use'), 3],
  ]
  for (const [error, code] of table) t.equal(exitCodeOf(error), code, String(error))
})
