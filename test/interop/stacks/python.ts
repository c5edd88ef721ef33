import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../support/fixtures.js'
import { DIALECTS, type Dialect, PROTOS, withImports } from './dialects.js'
import { CACHE, isThere, runNicely, type Stack, writeScript } from './stack.js'

const SOURCES = join(projectRoot(), 'test', 'interop', 'python')
const REQUIREMENTS = join(SOURCES, 'requirements.txt')
const FOLDER = join(CACHE, 'python')
const PYTHON = join(FOLDER, 'venv', 'bin', 'python')
/** What the environment was made from. */
const INSTALLED = join(FOLDER, 'installed.txt')

/** grpcio: gRPC's C core, and with it the clients of Python, Ruby, PHP and C#. */
export const python: Stack = {
  title: 'grpcio (Python)',
  version: requirement('grpcio'),
  missing: () => (isThere('python3', '-m', 'venv', '--help') ? undefined : 'python3 with venv'),
  build() {
    install()
    return new Map(DIALECTS.map((dialect) => [dialect, program(dialect)]))
  },
}

function install(): void {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  if (installed() === wanted && isThere(PYTHON, '--version')) return
  rmSync(FOLDER, { recursive: true, force: true })
  runNicely('python3', ['-m', 'venv', join(FOLDER, 'venv')])
  runNicely(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS])
  writeFileSync(INSTALLED, wanted)
}

function installed(): string | undefined {
  try {
    return readFileSync(INSTALLED, 'utf8')
  } catch {
    return undefined
  }
}

/** Each dialect has a folder of its own: they use the same names for different messages. */
function program(dialect: Dialect): string {
  const generated = join(FOLDER, 'generated', dialect.name)
  mkdirSync(generated, { recursive: true })
  const files = [...withImports(dialect.file).keys()]
  const output = [`--python_out=${generated}`, `--grpc_python_out=${generated}`]
  runNicely(PYTHON, ['-m', 'grpc_tools.protoc', '-I', PROTOS, ...output, ...files])
  const env = { PYTHONPATH: `${SOURCES}:${generated}`, PYTHONDONTWRITEBYTECODE: '1' }
  const command = [PYTHON, join(SOURCES, 'main.py'), '-dialect', dialect.name]
  return writeScript(join(FOLDER, `client-${dialect.name}`), env, command)
}

function requirement(name: string): string {
  const lines = readFileSync(REQUIREMENTS, 'utf8').split('\n')
  const version = lines.find((line) => line.startsWith(`${name}==`))?.slice(name.length + 2)
  if (version === undefined) throw new Error(`${REQUIREMENTS} does not name ${name}`)
  return version
}
