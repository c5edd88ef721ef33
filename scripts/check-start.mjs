// Runs the README's start command in this checkout and opens a session with it.
import { serveAndOpen } from './serve-and-open.mjs'

const session = await serveAndOpen(['npm', 'start', '--'], process.cwd())
console.log(`npm start served; opened session ${session}`)
