import { Migration20261121012713_ledger } from './Migration20261121012713_ledger.ts'

/** In order of execution. */
export const MIGRATIONS = [{ name: 'Migration20261121012713_ledger', class: Migration20261121012713_ledger }]
