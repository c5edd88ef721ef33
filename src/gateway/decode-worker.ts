// Explains bytes off the main thread: half a second of work for one input would be felt by every call.
import { parentPort } from 'node:worker_threads'
import { bytesOfText, explain, InputError, PathError } from '../decode/index.js'
import type { DecodeAnswer, DecodeQuestion } from './decode-thread.js'

parentPort?.on('message', (question: DecodeQuestion) => parentPort?.postMessage(answer(question)))

function answer({ bytes: text, path }: DecodeQuestion): DecodeAnswer {
  try {
    const { bytes, form } = bytesOfText(text)
    return { json: JSON.stringify(explain(bytes, { form, ...(path === undefined ? {} : { path }) })) }
  } catch (error) {
    if (error instanceof InputError) return { member: 'bytes', refused: error.message }
    if (error instanceof PathError) return { member: 'path', refused: error.message }
    throw error
  }
}
