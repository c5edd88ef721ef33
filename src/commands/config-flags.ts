import type { Command } from 'commander'
import { ConfigError, shown } from '../config/error.js'
import { type FlagValue, parseSetFlag } from '../config/flags.js'
import type { ConfigInputs } from '../config/load.js'

export interface ConfigFlag {
  readonly flags: string
  readonly path: string
  readonly description: string
  readonly repeatable?: true
}

/** Flags with a key of their own; every other key is set by `--set`. */
export const CONFIG_FLAGS: readonly ConfigFlag[] = [
  { flags: '--role <ROLE>', path: 'role', description: 'what the process is: backend' },
  {
    flags: '--listen <HOST:PORT>',
    path: 'listen',
    description: 'serve gRPC here; port 0 picks one; repeatable',
    repeatable: true,
  },
  {
    flags: '--admin <ADDRESS>',
    path: 'admin.listen',
    description: 'serve health, metrics and administration here: HOST:PORT, unix:PATH or off',
  },
  {
    flags: '--keys-listen <ADDRESS>',
    path: 'keys.listen',
    description: 'serve session keys to backends here: unix:PATH, HOST:PORT or off',
  },
  { flags: '--store <URL>', path: 'store.url', description: 'where sessions live: lmdb:PATH or memory:' },
  { flags: '--epoch <SPEC>', path: 'epoch', description: 'clock:START,LENGTH, fixed:N or manual:N' },
  { flags: '--transport <KIND>', path: 'transport.kind', description: 'implementation of gRPC: grpc-js' },
  { flags: '--tls-cert <FILE>', path: 'tls.cert', description: 'serve TLS with this certificate chain (PEM)' },
  { flags: '--tls-key <FILE>', path: 'tls.key', description: 'its private key (PEM)' },
  {
    flags: '--tls-client-ca <FILE>',
    path: 'tls.clientCa',
    description: 'ask clients for a certificate signed by one of these (PEM)',
  },
  { flags: '--key <FILE>', path: 'key', description: "the gateway's own P-256 key (PEM, hex or WIF)" },
  { flags: '--log-level <LEVEL>', path: 'log.level', description: 'debug, info, warn, error or silent' },
  { flags: '--strict', path: 'strict', description: 'require all signatures, check all owners' },
]

/**
 * Adds the flags that set configuration, by default all of them. Returns what they say once the command line is read, in its order, so that a
 * later flag wins over an earlier one of the same key.
 */
export function addConfigFlags(command: Command, flags: readonly ConfigFlag[] = CONFIG_FLAGS): () => ConfigInputs {
  const given: FlagValue[] = []
  let file: string | undefined
  command.option('--config <FILE>', 'read this file instead of session-gateway.yaml in the working directory')
  command.on('option:config', (value: string) => {
    if (value === '') throw new ConfigError(`--config: got ${shown(value)}, takes the path of a YAML file`)
    file = value
  })
  for (const { flags: form, path, description, repeatable } of flags) {
    const flag = form.split(' ')[0] ?? form
    command.option(form, description)
    command.on(`option:${flag.slice(2)}`, (value: string | undefined) => {
      given.push({ flag, path, text: value ?? 'true', repeatable: repeatable ?? false })
    })
  }
  command.option('--set <PATH=VALUE>', 'set any key, such as limits.sessions=1000; repeatable')
  command.on('option:set', (value: string) => given.push(parseSetFlag(value)))
  return () => ({
    flags: given,
    env: process.env,
    directory: process.cwd(),
    ...(file === undefined ? {} : { file }),
  })
}
