import * as database from '../../generated/atomix/database.js'
import type { Call } from '../../transport/transport.js'
import type { Companion } from '../companion.js'
import type { DatabaseName } from './databases.js'
import { type Layout, type LookupFactory, type PartitionPlace, placesFor } from './lookup.js'

const SERVICE = 'atomix.database.DatabaseService'

/** `atomix.database.DatabaseService` of api v0.2.0 and later (atomix §4.5). */
export function databaseCompanion(method: LookupFactory, layout: Layout): Companion {
  const describe = ({ name, namespace }: DatabaseName, call: Call) =>
    database.Database.create({
      id: database.DatabaseId.create({ name, namespace }),
      partitions: placesFor(layout, call).map(partitionOf),
    })

  return {
    generation: 'atomix',
    service: SERVICE,
    methods: [
      // Without a database in it the answer makes the client fail at once, with the name that it asked for.
      method(SERVICE, 'GetDatabase', database.GetDatabaseRequest, database.GetDatabaseResponse, ({ id }, call) =>
        id !== undefined && layout.databases.has(id)
          ? database.GetDatabaseResponse.create({ database: describe(id, call) })
          : database.GetDatabaseResponse.create(),
      ),
      method(
        SERVICE,
        'GetDatabases',
        database.GetDatabasesRequest,
        database.GetDatabasesResponse,
        ({ namespace }, call) => {
          const databases = layout.databases.in(namespace).map((name) => describe(name, call))
          return database.GetDatabasesResponse.create({ databases })
        },
      ),
    ],
  }
}

function partitionOf({ partition, host, port }: PartitionPlace): database.Partition {
  return database.Partition.create({
    partitionId: database.PartitionId.create({ partition }),
    endpoints: [database.PartitionEndpoint.create({ host, port })],
  })
}
