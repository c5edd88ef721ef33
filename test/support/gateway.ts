import type { Test } from 'tap'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'
import { type Gateway, type GatewayParts, startGateway } from '../../src/gateway/gateway.js'
import type { Logger } from '../../src/log.js'
import { ADMIN_TOKEN_ENV, ADMIN_TOKENS } from './admin-token.js'

// Gateways in this process read the token from its environment.
Object.assign(process.env, ADMIN_TOKEN_ENV)

/** The defaults, with a store in memory and on ports that the system picks, changed by `path: value` as `--set` takes them. */
export function testConfig(settings: Readonly<Record<string, string>> = {}): Config {
  const all = {
    listen: '127.0.0.1:0',
    'admin.listen': '127.0.0.1:0',
    'admin.tokens': ADMIN_TOKENS,
    'shutdown.grace': '0',
    'store.url': 'memory:',
    epoch: 'fixed:10',
    ...settings,
  }
  const flags = Object.entries(all).map(([path, text]) => ({ flag: `--set ${path}`, path, text }))
  return loadConfig({ flags, env: {}, directory: new URL('.', import.meta.url).pathname }).config
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export interface TestGateway {
  readonly gateway: Gateway
  /** The first gRPC address. */
  readonly grpc: string
  /** `http://host:port`, '' if the admin listener is off. */
  readonly admin: string
  readonly lines: readonly LogLine[]
}

/** A whole gateway, stopped when the test ends. */
export async function testGateway(
  t: Test,
  settings: Readonly<Record<string, string>> = {},
  parts: Partial<GatewayParts> = {},
): Promise<TestGateway> {
  const log = recordingLogger()
  const gateway = await startGateway(testConfig(settings), { log, ...parts })
  t.teardown(() => gateway.stop())
  const { grpc, admin } = gateway.ready
  return { gateway, grpc: grpc[0] ?? '', admin: admin === 'off' ? '' : `http://${admin}`, lines: log.lines }
}
