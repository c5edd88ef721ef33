// Packs the project, installs the package in an empty folder and opens a session there, as a user of npm would.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { serveAndOpen } from './serve-and-open.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'session-gateway-package-'))
try {
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', archive], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })

  const bin = path.join(folder, 'node_modules', '.bin', 'session-gateway')
  const version = execFileSync(bin, ['--version'], { encoding: 'utf8' }).trim()
  const imported = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "import * as api from 'session-gateway'; import * as core from 'session-gateway/core'; console.log(typeof api.startGateway, typeof core.Sessions)",
    ],
    { cwd: folder, encoding: 'utf8' },
  ).trim()
  if (imported !== 'function function') throw new Error(`the package exports ${imported}, expected two functions`)

  const session = await serveAndOpen([bin, 'serve'], folder)
  console.log(`session-gateway ${version} installed from ${archive}; opened session ${session}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
