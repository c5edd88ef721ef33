import * as controller from '../../generated/atomix/controller.js'
import { NO_BYTES } from '../../wire/message.js'
import type { Companion } from '../companion.js'
import type { DatabaseName } from './databases.js'
import { type Layout, type LookupFactory, type PartitionPlace, placesFor } from './lookup.js'

const SERVICE = 'atomix.controller.ControllerService'
/** Nodes that serve each partition. */
const PARTITION_SIZE = 1

/** `atomix.controller.ControllerService` of api v0.1.0: databases, and their older name, partition groups (atomix §4.5). */
export function controllerCompanion(method: LookupFactory, layout: Layout): Companion {
  /** A name asks for one, and the client fails unless there is exactly one; without a name it is all of the namespace. */
  const asked = ({ name = NO_BYTES, namespace = NO_BYTES }: Partial<DatabaseName> = {}): DatabaseName[] => {
    if (name.length === 0) return layout.databases.in(namespace)
    return layout.databases.has({ name, namespace }) ? [{ name, namespace }] : []
  }

  return {
    generation: 'atomix',
    service: SERVICE,
    methods: [
      method(
        SERVICE,
        'GetDatabases',
        controller.GetDatabasesRequest,
        controller.GetDatabasesResponse,
        ({ id }, call) => {
          const partitions = placesFor(layout, call).map(partitionOf)
          const databases = asked(id).map(({ name, namespace }) =>
            controller.Database.create({ id: controller.DatabaseId.create({ name, namespace }), partitions }),
          )
          return controller.GetDatabasesResponse.create({ databases })
        },
      ),
      method(
        SERVICE,
        'GetPartitionGroups',
        controller.GetPartitionGroupsRequest,
        controller.GetPartitionGroupsResponse,
        ({ id }, call) => {
          const partitions = placesFor(layout, call).map(partitionOf)
          const spec = controller.PartitionGroupSpec.create({
            partitions: partitions.length,
            partitionSize: PARTITION_SIZE,
          })
          const groups = asked(id).map(({ name, namespace }) =>
            controller.PartitionGroup.create({
              id: controller.PartitionGroupId.create({ name, namespace }),
              spec,
              partitions,
            }),
          )
          return controller.GetPartitionGroupsResponse.create({ groups })
        },
      ),
    ],
  }
}

function partitionOf({ partition, host, port }: PartitionPlace): controller.Partition {
  const endpoints = [controller.PartitionEndpoint.create({ host, port })]
  return controller.Partition.create({ partitionId: partition, endpoints })
}
