// Builds the web page of src/page/ into FOLDER/page/: index.html, and assets/ whose names hold a hash of what is in them.
//   node scripts/build-page.mjs FOLDER
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from '@rollup/wasm-node'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const SOURCE = path.join(ROOT, 'src', 'page')

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('build-page.mjs takes the folder of the build')
const page = path.resolve(folder, 'page')
const modules = path.resolve(folder, '.page-modules')

try {
  compile()
  rmSync(path.join(page, 'assets'), { recursive: true, force: true })
  mkdirSync(path.join(page, 'assets'), { recursive: true })
  const script = asset('page.js', await bundle())
  const style = asset('page.css', styles())
  const html = readFileSync(path.join(SOURCE, 'index.html'), 'utf8')
  writeFileSync(path.join(page, 'index.html'), html.replace('{{script}}', script).replace('{{style}}', style))
} finally {
  rmSync(modules, { recursive: true, force: true })
}

function compile() {
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = path.join(ROOT, 'tsconfig.page.json')
  const { status } = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', modules], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** One script with all that it needs; packages are those of package.json. */
async function bundle() {
  const packages = {
    name: 'packages',
    resolveId: (id) => (/^[./]/.test(id) ? null : fileURLToPath(import.meta.resolve(id))),
  }
  const build = await rollup({
    input: path.join(modules, 'page', 'main.js'),
    plugins: [packages],
    onLog: (_level, { message }) => {
      throw new Error(message)
    },
  })
  const license = readFileSync(path.join(ROOT, 'node_modules', 'preact', 'LICENSE'), 'utf8')
  const { output } = await build.generate({ format: 'es', banner: `/*! With Preact:\n${license}*/` })
  await build.close()
  return output[0].code
}

/** The style sheets in the order of their names. */
function styles() {
  const names = readdirSync(path.join(SOURCE, 'styles')).sort()
  return names.map((name) => readFileSync(path.join(SOURCE, 'styles', name), 'utf8')).join('\n')
}

/** Writes a file of the page and returns its address. */
function asset(name, text) {
  const { name: stem, ext } = path.parse(name)
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  writeFileSync(path.join(page, 'assets', `${stem}-${hash}${ext}`), text)
  return `/assets/${stem}-${hash}${ext}`
}
