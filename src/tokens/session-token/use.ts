import {
  ContainerSessionContextVerbNames,
  ObjectSessionContextVerb,
  ObjectSessionContextVerbNames,
} from '../../generated/v2/token.js'
import { isNamed } from '../fields.js'
import { CONTAINER_VERBS, isObjectOperation, NODE_VERBS } from '../operations.js'
import { failed, notApplicable, type Outcome, passed } from '../rule.js'
import { listed, verbText } from '../text.js'
import { NODE, WRONG_VERB } from './answers.js'
import type { SessionTokenSubject } from './subject.js'

export function verbOutcome({ body: { object, container }, context: { operation } }: SessionTokenSubject): Outcome {
  if (operation === undefined) return notApplicable('no operation was given')
  if (isObjectOperation(operation)) {
    if (object === undefined) {
      return container === undefined ? notApplicable('the token has no context') : failed(otherKind(operation))
    }
    const [newest, ...older] = NODE_VERBS
    if (newest.accepted[operation].includes(object.verb)) return passed()
    const names = ObjectSessionContextVerbNames
    const takers = older.filter(({ accepted }) => accepted[operation].includes(object.verb))
    const but = takers.length === 0 ? '' : `; ${listed(takers.map(({ server }) => server))} took it`
    return failed(
      `the token is for ${verbText(names, object.verb)}, and ${operation} takes ${listed(
        newest.accepted[operation].map((verb) => verbText(names, verb)),
        'or',
      )}${but}`,
      WRONG_VERB,
    )
  }
  if (container === undefined) {
    return object === undefined ? notApplicable('the token has no context') : failed(otherKind(operation))
  }
  if (CONTAINER_VERBS[operation] === container.verb) return passed()
  return failed(
    `the token is for ${verbText(ContainerSessionContextVerbNames, container.verb)} of containers, and not for ${operation}`,
    [{ server: NODE, message: 'wrong container session operation' }],
  )
}

function otherKind(operation: string): string {
  const [takes, got] = operation.startsWith('OBJECT_') ? ['objects', 'containers'] : ['containers', 'objects']
  return `${operation} takes a token for ${takes}, and this one is for ${got}`
}

export function containerOutcome({ body: { object, container }, context }: SessionTokenSubject): Outcome {
  const asked = context.container === undefined ? [] : [context.container]
  if (container !== undefined) {
    const named = container.containerId === undefined ? [] : [container.containerId.value]
    const message = 'session is not applied to requested container'
    return isNamed('container', asked, named, [{ server: NODE, message }])
  }
  const target = object?.target?.container
  if (target === undefined) return notApplicable('the token names no container')
  const message = 'requested container is not related to the session'
  return isNamed('container', asked, [target.value], [{ server: NODE, message }])
}

export function objectOutcome({ body: { object }, context }: SessionTokenSubject): Outcome {
  if (object === undefined) return notApplicable('the token is not for objects')
  // A tombstone has an id that nobody can know before.
  if (object.verb === ObjectSessionContextVerb.DELETE) return notApplicable('nodes compare no objects for DELETE')
  const named = object.target?.objects.map(({ value }) => value) ?? []
  const message = 'requested object is not related to the session'
  return isNamed('object', context.objects ?? [], named, [{ server: NODE, message }])
}
