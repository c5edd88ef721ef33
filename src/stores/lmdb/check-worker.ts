// Checks a data file off the main thread: its memory and its seconds are its own.
import { parentPort, workerData } from 'node:worker_threads'
import { checkStore } from './check.js'
import { PageFile } from './page-file.js'

const file = PageFile.open(String(workerData))
try {
  parentPort?.postMessage(checkStore(file))
} finally {
  file.close()
}
