import { ormOptions } from '../src/ledger/orm.ts'

/** For MikroORM's own command line only; a new migration is the difference between the entities and `snapshot.json`. */
export default ormOptions('postgresql://halcyon@127.0.0.1:5432/halcyon', true)
