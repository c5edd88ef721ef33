import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectRoot } from '../../support/fixtures.js'
import { DIALECTS, type Dialect, withImports } from './dialects.js'
import { CACHE, isThere, runNicely, type Stack, writeScript } from './stack.js'

const PROJECT = join(projectRoot(), 'test', 'interop', 'java', 'pom.xml')
const FOLDER = join(CACHE, 'java')
const PROTO_FOLDER = join(FOLDER, 'protos')
const OUTPUT = join(FOLDER, 'target')
/** Quick to start, which matters more here than speed. */
const JAVA = ['java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m']

/** grpc-java on Netty, and with it the clients of Kotlin and Scala. */
export const java: Stack = {
  title: 'grpc-java',
  version: property('grpc.version'),
  missing: () => ['java', 'javac', 'mvn'].find((command) => !isThere(command, '-version')),
  build() {
    for (const dialect of DIALECTS) writeProtos(dialect)
    const folders = [`-Dprotos=${PROTO_FOLDER}`, `-Doutput=${OUTPUT}`]
    runNicely('mvn', ['--batch-mode', '--quiet', '--file', PROJECT, ...folders, 'compile'])
    return new Map(DIALECTS.map((dialect) => [dialect, program(dialect)]))
  },
}

/**
 * The .proto files of a dialect, each with a Java package of its own: several have the same name, and the classes of all
 * dialects are in one program.
 */
function writeProtos({ name, file }: Dialect): void {
  rmSync(join(PROTO_FOLDER, name), { recursive: true, force: true })
  for (const [path, text] of withImports(file)) {
    const target = join(PROTO_FOLDER, name, path)
    const folder = dirname(path) === '.' ? '' : `.${dirname(path).replaceAll('/', '.').replaceAll('-', '_')}`
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, `${text}\noption java_package = "protos.${name}${folder}";\n`)
  }
}

function program({ name }: Dialect): string {
  const classPath = `${join(OUTPUT, 'classes')}:${join(OUTPUT, 'lib')}/*`
  return writeScript(join(FOLDER, `client-${name}`), {}, [...JAVA, '-cp', classPath, 'interop.Main', '-dialect', name])
}

function property(name: string): string {
  const [, value] = new RegExp(`<${name}>(.+)</${name}>`).exec(readFileSync(PROJECT, 'utf8')) ?? []
  if (value === undefined) throw new Error(`${PROJECT} does not say ${name}`)
  return value
}
