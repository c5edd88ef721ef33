// Builds dist/ (what is published) or, with --tests, build/ (sources, tests and benches together).
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'

const tests = process.argv.includes('--tests')
const output = tests ? 'build' : 'dist'

rmSync(output, { recursive: true, force: true })
run('scripts/compile-protos.mjs')
run('node_modules/typescript/bin/tsc', '-p', tests ? 'tsconfig.test.json' : 'tsconfig.json')
run('scripts/build-page.mjs', tests ? 'build/src' : 'dist')
if (!tests) chmodSync('dist/cli.js', 0o755)

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
