import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectRoot } from '../../support/fixtures.js'
import type { Dialect } from './dialects.js'

/** An implementation of gRPC in another language, with a client of each dialect on it. */
export interface Stack {
  /** As the table calls it. */
  readonly title: string
  /** Of the library of gRPC. */
  readonly version: string
  /** What it can't be built without, and this machine lacks; undefined if nothing. */
  readonly missing: () => string | undefined
  /** Makes the client programs, one per dialect: where each is. @throws Error with what the tools had to say. */
  readonly build: () => ReadonlyMap<Dialect, string>
}

/** Outside of what the build of the tests empties. */
export const CACHE = join(projectRoot(), 'node_modules', '.cache', 'session-gateway-interop')

/** True if such a command is there and works. */
export function isThere(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Behind everything else on the machine. @throws Error with the end of what it said, if it fails. */
export function runNicely(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, error, stdout, stderr } = spawnSync('nice', ['-n', '10', command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `${stdout}${stderr}`.slice(-2000)}`)
}

/** A program that starts `command` and hands its own arguments on. */
export function writeScript(file: string, env: Readonly<Record<string, string>>, command: readonly string[]): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${exports.join('')}exec ${command.map(quoted).join(' ')} "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
