import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../support/fixtures.js'
import type { GenuineClient } from './clients.js'

const SOURCES = ['test', 'interop', 'go']
/** Outside of what the build of the tests empties, so that what is up to date is not linked again. */
const BINARIES = ['node_modules', '.cache', 'session-gateway-interop']

/** The version of Go on the PATH; undefined if there is none. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Builds one client's program and returns where it is. @throws Error with what Go had to say. */
export function build({ folder }: GenuineClient): string {
  const binary = join(projectRoot(), ...BINARIES, process.platform === 'win32' ? `${folder}.exe` : folder)
  const { status, error, stderr } = spawnSync('go', ['build', '-o', binary, '.'], {
    cwd: join(projectRoot(), ...SOURCES, folder),
    encoding: 'utf8',
    // Ours are the versions in go.mod, and nobody's newer Go.
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' },
  })
  if (status !== 0) throw new Error(`go build: ${error?.message ?? stderr.slice(-2000)}`)
  return binary
}

/** Each module carries its own copy of some files; returns those that are not alike. */
export function differingCopies(): string[] {
  const root = join(projectRoot(), ...SOURCES)
  const seen = new Map<string, string>()
  return readdirSync(root).flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.go') && name !== 'main.go')
      .flatMap((name) => {
        const text = readFileSync(join(root, folder, name), 'utf8')
        const first = seen.get(name) ?? text
        seen.set(name, first)
        return text === first ? [] : [`${folder}/${name}`]
      }),
  )
}
