import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { Skipped } from './report.js'

/** A file system of its own, small enough to fill. Mounting takes root, or sudo that asks nothing. */
export class Tmpfs {
  readonly path: string

  /** @throws Skipped where nothing can be mounted. */
  constructor(path: string, options: string) {
    this.path = path
    mkdirSync(path)
    asRoot('mount', '-t', 'tmpfs', '-o', `mode=777,${options}`, 'tmpfs', path)
  }

  /** `size=64m`, `ro`. */
  remount(options: string): void {
    asRoot('mount', '-o', `remount,${options}`, this.path)
  }

  unmount(): void {
    asRoot('umount', this.path)
  }
}

function asRoot(...command: readonly string[]): void {
  const whole = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
  const { status, error, stderr } = spawnSync(whole[0] ?? '', whole.slice(1), { encoding: 'utf8' })
  if (status !== 0) throw new Skipped(`${whole.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
