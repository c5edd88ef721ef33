import type { Maybe } from './store.js'

/** Goes on with a value at once where it is at hand, later where it is not: the hot path makes no promise it can avoid. */
export function chain<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Runs `recover` with whatever `run` throws, now or later, and answers with its result instead. */
export function rescue<T, U>(run: () => Maybe<T>, recover: (thrown: unknown) => U): Maybe<T | U> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(recover) : value
  } catch (thrown) {
    return recover(thrown)
  }
}

/** All of them, at once where all are at hand. */
export function all<T>(values: readonly Maybe<T>[]): Maybe<readonly T[]> {
  const ready: T[] = []
  for (const value of values) {
    if (value instanceof Promise) return Promise.all(values)
    ready.push(value)
  }
  return ready
}

/** Undoes what was done before when `run` fails; the failure goes on to the caller. */
export function undoOnFailure<T>(run: () => Maybe<T>, undo: () => void): Maybe<T> {
  return rescue(run, (thrown): never => {
    undo()
    throw thrown
  })
}

/** Runs `done` once `run` is over, however it ended. */
export function afterwards<T>(run: () => Maybe<T>, done: () => void): Maybe<T> {
  return chain(undoOnFailure(run, done), (value) => {
    done()
    return value
  })
}
