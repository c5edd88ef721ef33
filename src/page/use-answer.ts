import { useState } from 'preact/hooks'
import { type Failure, failureOf } from './api.js'

export interface Answered<T> {
  /** What the last question was answered; undefined if it failed, or none was asked. */
  readonly answer: T | undefined
  readonly failure: Failure | undefined
  readonly ask: (question: () => Promise<T>) => Promise<void>
}

/** The answer to what a form asks. The one before is shown until the next is there. */
export function useAnswer<T>(): Answered<T> {
  const [answer, setAnswer] = useState<T>()
  const [failure, setFailure] = useState<Failure>()
  const ask = async (question: () => Promise<T>): Promise<void> => {
    setFailure(undefined)
    try {
      const answered = await question()
      setAnswer(() => answered)
    } catch (error) {
      setAnswer(undefined)
      setFailure(failureOf(error))
    }
  }
  return { answer, failure, ask }
}
